"""What is not to be told: dismissed by this user or by the team, and kinds that turned out to be noise.

Read in a thread when a workspace is opened and whenever one of the files it comes from was written, by us, by
the command line or by another editor: a finding dismissed in one is silent in all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

from counterpoint import baseline
from counterpoint.anchors import kind_of
from counterpoint.answers import Finding
from counterpoint.errors import ConfigError
from counterpoint.findings import Suppression, silencing
from counterpoint.lsp.session import Session

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

logger = logging.getLogger(__name__)

_PRECISION_DAYS = 90


def _nobody(finding: Finding) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Quiet:
    """What silences findings of one workspace, and the kinds that are shown as hints."""

    mine: Callable[[Finding], Suppression | None] = _nobody
    team: Callable[[Finding], baseline.Entry | None] = _nobody
    demoted: frozenset[str] = field(default_factory=frozenset)

    def silences(self, finding: Finding) -> bool:
        """True if it is not to be shown at all."""
        return self.mine(finding) is not None or self.team(finding) is not None

    def demotes(self, finding: Finding) -> bool:
        """True if it is to be shown as a hint."""
        return kind_of(finding) in self.demoted


NOTHING = Quiet()


def of(session: Session, root: str) -> Quiet:
    """What was last read for a folder of the session."""
    return session.reviews.quiet.get(root, NOTHING)


async def read(session: Session, root: str, workspace: Workspace) -> None:
    """Read it anew. What cannot be read silences nothing, and is told in the log."""
    session.reviews.quiet[root] = await asyncio.to_thread(_read, workspace)


def _read(workspace: Workspace) -> Quiet:
    root, today = workspace.root.as_posix(), date.today()
    try:
        mine = silencing(workspace.shelf.suppressed(root))
    except ConfigError as error:
        logger.warning("%s", error)
        mine = _nobody
    try:
        found = baseline.read(workspace.root)
    except ConfigError as error:
        logger.warning("%s", error)
        found = baseline.Baseline()
    for problem in found.problems:
        logger.warning("%s", problem)
    try:
        demoted = workspace.ledger.demoted(today - timedelta(days=_PRECISION_DAYS), root)
    except ConfigError as error:
        logger.warning("%s", error)
        demoted = frozenset()
    return Quiet(mine, found.silencing(today), demoted)
