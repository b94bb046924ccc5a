"""Whose eyes take a second look: the vendors there are, the row of a look by one of them, and what of
findings they may see."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from counterpoint.answers import Finding, Verdicts
from counterpoint.engine import Engine
from counterpoint.errors import NoUsableRole
from counterpoint.tasks import REVIEW, VERIFY, Task
from counterpoint.text import Situation

_CHEAPER = {"low": "low", "medium": "low", "high": "medium", "xhigh": "medium"}
"""The effort of a second look, by that of the review."""


async def usual(engine: Engine) -> Task[Verdicts]:
    """The row of second looks at what the model of reviews finds, by `verify.by`. Raises NoUsableRole."""
    finder = (await engine.route(REVIEW)).first.model.provider
    if engine.settings.verify.by == "other":
        for vendor in others(engine, finder):
            if (row := await vendors_row(engine, VERIFY, vendor, ("fast", "deep"))) is not None:
                return row
    return await vendors_row(engine, VERIFY, finder, ("deep", "fast")) or VERIFY


async def vendors_row(
    engine: Engine, task: Task[Verdicts], vendor: str, roles: tuple[str, ...]
) -> Task[Verdicts] | None:
    """The row for one vendor's models, in the first of the roles that one of them fills; None if none can."""
    effort = _CHEAPER.get(engine.settings.review.effort, task.effort)
    for role in roles:
        row = replace(task, role="fast" if role == "fast" else "deep", vendor=vendor, effort=effort)
        with suppress(NoUsableRole):
            await engine.route(row)
            return row
    return None


def vendor_of(engine: Engine, label: str) -> str:
    """The provider of the model with this label; that of the deep role's first where it is not known."""
    known = (one.provider for one in engine.catalogue.models.values() if one.label == label)
    return next(known, "") or engine.catalogue.for_role("deep")[0].provider


def others(engine: Engine, *but: str) -> list[str]:
    """The vendors of the roles that write and read, in their order, but for some."""
    models = (one for role in ("fast", "deep") for one in engine.catalogue.for_role(role))
    return list(dict.fromkeys(one.provider for one in models if one.provider not in but))


def why_not(engine: Engine, path: str, situation: Situation, vendor: str) -> str | None:
    """Why a vendor may not see a file, or None; the document asked about is guarded by the engine. Reads
    files."""
    ports = engine.ports
    if path != situation.document.path:
        document = situation.files.read(path)
        if why := "it cannot be read" if document is None else ports.guard(path, document.text):
            return why
    return ports.barred(path, vendor)


def tellable(
    engine: Engine, findings: Sequence[Finding], situation: Situation, vendor: str
) -> tuple[Finding, ...]:
    """The same findings as they are put to a vendor: without quotes of files that it may not see. Reads
    files."""
    paths = {quote.path for one in findings for quote in one.evidence}
    may = {path for path in paths if not why_not(engine, path, situation, vendor)}
    return tuple(replace(one, evidence=tuple(q for q in one.evidence if q.path in may)) for one in findings)
