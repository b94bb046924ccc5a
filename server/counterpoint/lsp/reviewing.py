"""`counterpoint.review`: any scope, its price agreed to where it is wide, findings as they are found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from counterpoint import passes as kinds
from counterpoint.errors import UsageError
from counterpoint.lsp import agreeing, at_hand, from_lsp, indexing, menu
from counterpoint.lsp.price import money, offer
from counterpoint.lsp.review_run import Wish, engine_for, options_for, run_review
from counterpoint.lsp.review_scope import WIDE, Asked, Found, scope_for, units_in
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import key_of
from counterpoint.lsp.work import SERVER_CANCELLED, Argument, document_of, dropped_row, new_job, run
from counterpoint.tasks import REVIEW
from counterpoint.text import Situation

if TYPE_CHECKING:
    from counterpoint.flows.review import Review
    from counterpoint.scope import Scope
    from counterpoint.workspace import Workspace

_PLANNED = 60
"""Units up to which a price is worked out from the requests themselves."""
_EFFORTS = ("low", "medium", "high", "xhigh")


async def review(session: Session, argument: Argument) -> dict[str, Any]:
    """`{uri?, range?, scope, ref?, passes?, effort?, confirm?, choose?, anew?}` to `{job, complete, ...}`."""
    if argument.get("choose"):
        chosen = await _chosen(session, argument)
        if chosen is None:
            return {"job": None}
        argument = chosen
    asked = Asked.of(argument)
    effort = from_lsp.text_of(argument, "effort")
    if effort and effort not in _EFFORTS:
        raise JsonRpcInvalidParams(f"effort must be one of: {', '.join(_EFFORTS)}.")
    workspace, root = await place_of(session, asked.uri)
    names = from_lsp.texts_of(argument, "passes") or workspace.settings.review.passes
    rows = kinds.named(names, at_hand.passes_of(session, root))
    found = await scope_for(session, workspace, asked)
    scope = found.scope
    wish = Wish(tuple(row.name for row in rows), effort, anew=bool(argument.get("anew")))
    if not scope.units:
        return _nothing(scope)
    if _is_price_asked(argument, asked):
        files = session.overlay(workspace, session.folder(root))
        found = replace(found, units=await units_in(workspace, found, files))
        await _may_spend(session, workspace, root, (asked, found, wish))
    await agreeing.ensure(session, workspace, REVIEW)
    job = new_job()
    key = ("review", key_of(asked.uri) if asked.scope in ("symbol", "file") else f"{root} {asked.scope}")
    result = await run(session, workspace, key, run_review(session, workspace, root, found, wish, job), job)
    return result_of(result)


async def place_of(session: Session, uri: str) -> tuple[Workspace, str]:
    """The workspace of a document; of no document, the first of the client's folders."""
    if uri:
        return await session.workspace(uri), session.root_of(uri)
    if not session.roots:
        raise UsageError("No folder is open.", fix="Name a `uri`.")
    return await session.workspace_at(session.roots[0]), session.roots[0]


async def listed(session: Session, argument: Argument) -> dict[str, Any]:
    """`counterpoint.reviews {uri, range?}`: every review there is here, with its price: for an editor's own
    list. Each entry's argument is that of `counterpoint.review`."""
    found = await _entries(session, argument)
    return {"reviews": [{"title": one.title, "argument": at_hand.argument_of(one.argument)} for one in found]}


async def _chosen(session: Session, argument: Argument) -> dict[str, Any] | None:
    found = await _entries(session, argument)
    if not session.client.asks:
        raise UsageError(
            "This editor cannot ask which one.", fix="Run `counterpoint.review` with `scope` and `passes`."
        )
    title = await agreeing.choose(session, "Which review?", tuple(one.title for one in found))
    entry = next((one for one in found if one.title == title), None)
    return at_hand.argument_of(entry.argument) if entry is not None else None


async def _entries(session: Session, argument: Argument) -> tuple[menu.Entry, ...]:
    uri = from_lsp.text_of(argument, "uri", required=True)
    document = await document_of(session, uri)
    await session.workspace(uri)
    await session.reviews.trees.settled(session.root_of(uri))
    range_ = from_lsp.argument_range(argument) or from_lsp.RANGE
    span = from_lsp.span(document, range_, session.client.encoding)
    place = menu.Place(
        document,
        span,
        range_.start != range_.end,
        {"uri": uri, "range": from_lsp.plain_range(range_)},
    )
    around = await indexing.syntax(session, uri, document, document.position(span.start))
    symbol = next((one.name for one in around.scopes[::-1] if one.name), "")
    known = at_hand.known(session, uri, document, symbol)
    return menu.more(place, known, at_hand.note(session, uri))


def _is_price_asked(argument: Argument, asked: Asked) -> bool:
    """Where the command says so, and for a wide scope unless it says no."""
    return bool(argument.get("confirm", asked.scope in WIDE))


async def _may_spend(
    session: Session, workspace: Workspace, root: str, what: tuple[Asked, Found, Wish]
) -> None:
    """Ask about the price. Raises a cancellation where the user does not agree."""
    asked, found, wish = what
    told = await _price(session, workspace, root, found, wish)
    if not told:
        return
    if asked.scope in WIDE and not session.client.asks:
        raise UsageError(f"This editor cannot ask about the price: {told}.", fix='Say {"confirm": false}.')
    if not await agreeing.confirmed(session, f"Review {found.scope.title}: {told}?"):
        raise JsonRpcException("The review was not started.", SERVER_CANCELLED)


async def _price(session: Session, workspace: Workspace, root: str, found: Found, wish: Wish) -> str:
    """Model, price and time in words, "" where there is no model to ask. A small scope is planned as it would
    be sent, without what is known already; of a large one the size is taken."""
    from counterpoint.flows.review import priced

    units = found.units or ()
    usable = session.usable.get(workspace.root.as_posix(), frozenset())
    size = sum(_size(unit) for unit in found.scope.units)
    offered = offer(workspace, usable, REVIEW, size, asks=len(found.scope.units), effort=wish.effort)
    if not offered.note or len(units) > _PLANNED:
        files = f"{len(found.scope.units)} files, " if len(found.scope.units) > 1 else ""
        return f"{files}{offered.note}" if offered.note else ""
    tools = workspace.review_tools(files=session.overlay(workspace, session.folder(root)))
    async with engine_for(workspace, wish) as engine:
        exact = await priced(engine, units, options_for(session, root, wish, ""), tools)
    count = f"{exact.units} part{'s' if exact.units != 1 else ''}"
    known = f", {exact.known} of them known already" if exact.known else ""
    if not exact.asks:
        return f"{count}{known}, free"
    low, high = (sum(one.cost_usd[side] for one in exact.asks) for side in (0, 1))
    models = " and ".join(dict.fromkeys(one.model for one in exact.alone)) or offered.model
    return f"{count}{known}: {models}, {money(low, high)}, {offered.note.rpartition(', ')[2]}"


def _size(unit: Situation) -> int:
    """Characters of a unit that are looked at closely: of a change its lines and some around them."""
    if not unit.hunks:
        return unit.span.end - unit.span.start
    lines = sum(last - first + 1 for first, last in unit.hunks)
    return min(unit.document.starts[-1], lines * 4 * 40)


def _nothing(scope: Scope) -> dict[str, Any]:
    return {
        "job": None,
        "complete": True,
        "findings": 0,
        "dropped": [],
        "skipped": [{"path": path, "reason": reason} for path, reason in scope.skipped],
        "errors": [],
        "notice": f"There is nothing to review in {scope.title}.",
        "costUsd": 0.0,
        "units": {"asked": 0, "known": 0, "skipped": 0, "failed": 0},
    }


def result_of(result: Review) -> dict[str, Any]:
    """What the command answers."""
    return {
        "job": result.job,
        "complete": result.complete,
        "findings": len(result.findings),
        "dropped": [dropped_row(item) for item in result.dropped],
        "skipped": [{"path": path, "reason": reason} for path, reason in result.skipped],
        "errors": [
            {
                "stage": one.stage,
                "provider": one.provider,
                "code": one.code,
                "message": one.message,
                "fix": one.fix,
            }
            for one in result.errors
        ],
        "notice": result.notice,
        "costUsd": result.cost_usd,
        "units": {how: result.units(how) for how in ("asked", "known", "skipped", "failed")},
    }
