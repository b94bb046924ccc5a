"""One review, asked for or not: from a scope to findings on show, wherever they lie."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from counterpoint import passes as kinds
from counterpoint.answers import Finding
from counterpoint.flows.price import nobody
from counterpoint.lsp import agreeing, at_hand
from counterpoint.lsp.patience import patient
from counterpoint.lsp.progress import progress
from counterpoint.lsp.review_scope import Found, units_in
from counterpoint.lsp.session import Session
from counterpoint.lsp.showing import Showing

if TYPE_CHECKING:
    from counterpoint.engine import Engine
    from counterpoint.flows.review import Options, Review
    from counterpoint.reviewing.unit import Unit
    from counterpoint.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Wish:
    """How a review is made. `effort` "" is as the settings say; `automatic` that no user asked for it."""

    passes: tuple[str, ...]
    effort: str = ""
    automatic: bool = False
    anew: bool = False


async def run_review(
    session: Session, workspace: Workspace, root: str, wanted: Found, wish: Wish, job: str
) -> Review:
    """Review a scope and show what is found, as it is found. Raises UsageError for an unknown pass."""
    from counterpoint.flows.review import review

    scope = wanted.scope
    files = session.overlay(workspace, session.folder(root))
    options = options_for(session, root, wish, job)
    title = f"Review of {scope.title}: {', '.join(options.passes)}"
    async with (
        progress(session, job, title, shown=not wish.automatic) as report,
        engine_for(workspace, wish) as engine,
    ):
        units = await units_in(workspace, wanted, files)
        showing = Showing(session, workspace, root, {unit.path: unit.document for unit in units})

        def found(path: str, findings: tuple[Finding, ...]) -> None:
            report(f"{len(findings)} finding{'s' if len(findings) != 1 else ''} in {path}")
            showing.found(path, findings)

        agree = partial(agreeing.long_prompt, session) if not wish.automatic else nobody
        tools = workspace.review_tools(files=files)
        tools = replace(tools, prove=patient(tools.prove) if tools.prove else None)
        result = await review(engine, units, options, tools, on_findings=found, agree=agree)
        result = replace(result, skipped=(*scope.skipped, *result.skipped))
        await showing.ended(result, options.passes)
        await workspace.machine.reviewed([unit for unit in units if _looked_at(unit, result)])
    return result


def options_for(session: Session, root: str, wish: Wish, job: str) -> Options:
    from counterpoint.flows.review import Options

    rows = kinds.named(wish.passes, at_hand.passes_of(session, root))
    lens = kinds.lens_of(rows) if any(row.source for row in rows) else ""
    names = tuple(row.name for row in rows)
    return Options(passes=names, lens=lens, automatic=wish.automatic, anew=wish.anew, job=job)


def _looked_at(unit: Unit, result: Review) -> bool:
    """Whether a verdict on the unit was bought or recalled, and all of its context was seen."""
    return any(
        row.path == unit.path
        and row.name == unit.block.name
        and row.how in ("asked", "known")
        and not row.brief
        for row in result.told
    )


@asynccontextmanager
async def engine_for(workspace: Workspace, wish: Wish) -> AsyncIterator[Engine]:
    """The workspace's engine, or one like it that thinks as hard as was wished."""
    if not wish.effort or wish.effort == workspace.settings.review.effort:
        yield workspace.engine
        return
    from counterpoint.engine import Engine

    changed: dict[str, Any] = {"effort": wish.effort}
    settings = replace(workspace.settings, review=replace(workspace.settings.review, **changed))
    engine = Engine(settings, workspace.catalogue, workspace.ledger, workspace.engine.ports)
    try:
        yield engine
    finally:
        await engine.close()
