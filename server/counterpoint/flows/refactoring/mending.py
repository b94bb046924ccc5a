"""What a change broke goes back to the model, at most twice; what is left puts the change in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from counterpoint.answers import ChangeSet, Dropped, FileChange, joined
from counterpoint.audit import Site
from counterpoint.calls import Call
from counterpoint.engine import Engine, Reply
from counterpoint.errors import NoUsableRole
from counterpoint.flows.checked import With, checked, parsing_worse, repaired
from counterpoint.flows.doubts import Scope, document_after
from counterpoint.flows.price import Limit
from counterpoint.flows.refactoring.asking import pieces_round
from counterpoint.flows.refactoring.auditing import Audited
from counterpoint.flows.refactoring.values import Options, Receipt, Tools
from counterpoint.tasks import REPAIR
from counterpoint.testruns.values import REPAIRABLE
from counterpoint.text import Situation

_NAMED = 3
Place = tuple[str, int]
May = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a repair is asked with: the engine, the first question, what was asked about."""

    engine: Engine
    situation: Situation
    tools: Tools
    options: Options


async def mended(
    asked: Asked, reply: Reply[ChangeSet], broken: str, places: Sequence[Place], scope: Scope
) -> Reply[ChangeSet]:
    """A reply with what a model mends of it. `broken` says what is wrong, `places` are what it must see, by
    lines from 0, as the files are with the change. The same change set where it mends nothing, or only makes
    it parse worse; a repair that is not made is told in `dropped`."""
    answer = reply.answer
    first = _first(answer.files, places)
    files = With(asked.tools.files, answer.files)
    pieces = await asyncio.to_thread(pieces_round, places, files, document_after(first))
    others = tuple(
        (one.moved_to or one.path, 0, max(0, len(document_after(one).lines) - 1))
        for one in answer.files
        if one is not first and not one.deleted
    )
    beside = tuple(one for one in pieces if one[0] not in {path for path, _, _ in others})
    situation = replace(asked.situation, pieces=(*others, *beside), earlier="", earlier_of=(), diff="")
    calls: list[Call] = []
    agree, engine = asked.options.agree, asked.engine
    limit = Limit(asked.options.max_usd).after(reply.calls)
    made = await repaired(engine, situation, answer, broken, first, reply.job, calls, agree, limit)
    now = replace(reply, calls=(*reply.calls, *calls))
    if made.files == answer.files:
        return replace(now, answer=made)
    made = await checked(made, scope, asked.tools.checks)
    worse = await parsing_worse(made.files, asked.tools.checks.outline)
    if worse:
        return replace(now, answer=_dropping(answer, "what mends it does not parse"))
    return replace(now, answer=made)


def _first(files: Sequence[FileChange], places: Sequence[Place]) -> FileChange:
    """The change whose file is shown whole: the first that something is broken in, else the first of all."""
    broken = {path for path, _ in places}
    stays = [one for one in files if not one.deleted]
    return next((one for one in stays if (one.moved_to or one.path) in broken), (stays or [*files])[0])


def _dropping(answer: ChangeSet, why: str) -> ChangeSet:
    return replace(answer, dropped=(*answer.dropped, Dropped("not-repaired", why)))


async def words(
    asked: Asked, answer: ChangeSet, places: Sequence[Place], worded: Callable[[May], str]
) -> str:
    """What is broken, of files that may be sent to everybody who may come to answer. As `mended` takes it."""
    ports, files, first = (
        asked.engine.ports,
        With(asked.tools.files, answer.files),
        _first(answer.files, places),
    )
    try:
        found = (await asked.engine.route(REPAIR)).candidates
    except NoUsableRole:  # nobody is asked then, which the ask itself tells
        found = ()
    providers = dict.fromkeys(one.model.provider for one in found)

    def told() -> str:
        shown = first.moved_to or first.path
        who = [one for one in providers if not ports.barred(shown, one)]

        def may(path: str) -> bool:
            return files.read(path) is not None and not any(ports.barred(path, one) for one in who)

        return worded(may)

    return await asyncio.to_thread(told)


def worded(sites: Sequence[Site], may: May) -> str:
    """Broken sites as a list for a model, but for those in files that `may` not be told of; "" for none."""
    rows = [
        f"- {site.path}:{site.line + 1} relies on {site.symbol}: {site.why}\n"
        for site in sites
        if may(site.path)
    ]
    return "".join(rows) + unsaid(len(sites) - len(rows), "place") if rows else ""


def unsaid(count: int, what: str) -> str:
    """A row for what is not told of files."""
    return (
        f"- and {count} more {what}{'s' if count > 1 else ''} in files that are not sent\n" if count else ""
    )


def untold(reply: Reply[ChangeSet]) -> Reply[ChangeSet]:
    """The reply of which nothing that is broken can be told."""
    return replace(reply, answer=_dropping(reply.answer, "what is broken lies in files that are not sent"))


def doubted(answer: ChangeSet, audited: Audited) -> ChangeSet:
    """The change set with a doubt wherever it changes what somebody relies on who may break."""
    homes: dict[str, str] = {}
    for target in audited.known.targets:
        homes.setdefault(target.name, target.document.path)
    by_home: dict[str, list[Site]] = {}
    for site in audited.audit.all:
        if may_break(site):
            owner = site.symbol.rpartition(".")[0]
            by_home.setdefault(homes.get(site.symbol) or homes.get(owner, ""), []).append(site)
    changed = {one.path for one in answer.files}
    # What nobody knows the home of puts all of it in doubt.
    everywhere = [site for home, some in by_home.items() if home not in changed for site in some]
    files = [
        replace(one, doubt=joined(one.doubt, _doubt([*by_home.get(one.path, ()), *everywhere])))
        for one in answer.files
    ]
    return replace(answer, files=tuple(files))


def may_break(site: Site) -> bool:
    """Whether a site breaks, or does if it means what it may mean."""
    if site.state != "unknown":
        return site.state == "broken"
    return site.certain or "if not:" in site.why or (site.use == "string" and "gone" in site.why)


def failing(answer: ChangeSet, receipt: Receipt) -> ChangeSet:
    """The change set in doubt as a whole where tests fail that passed before."""
    failed = [one for one in receipt.failures if one.category in REPAIRABLE or one.category == "unknown"]
    if not failed:
        return answer
    more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
    doubt = f"test {failed[0].test} fails{more}"
    return replace(answer, files=tuple(replace(one, doubt=joined(one.doubt, doubt)) for one in answer.files))


def _doubt(sites: Sequence[Site]) -> str:
    if not sites:
        return ""
    named = "; ".join(f"{site.path}:{site.line + 1}: {site.why}" for site in sites[:_NAMED])
    more = f"; and {len(sites) - _NAMED} more" if len(sites) > _NAMED else ""
    word = "breaks" if any(site.state == "broken" for site in sites) else "may break"
    return f"{word} {named}{more}"
