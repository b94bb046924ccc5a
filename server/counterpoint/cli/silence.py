"""Findings that somebody has set aside, told apart from those that are printed and counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date as Date
from typing import TYPE_CHECKING, Literal

from counterpoint import baseline
from counterpoint.answers import Finding
from counterpoint.findings import Findings, Suppression, silencing

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Silenced:
    """A finding with who set it aside, why, and until when. Dates are ISO, "" for none."""

    finding: Finding
    reason: str
    whom: Literal["me", "team"]
    author: str = ""
    date: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Silence:
    """What is set aside in a workspace: by the team, in the repository, and by this user, on this machine."""

    team: baseline.Baseline = baseline.Baseline()  # noqa: RUF009  # frozen, like everything in it
    mine: tuple[Suppression, ...] = ()

    def split(
        self, findings: Iterable[Finding], today: Date
    ) -> tuple[tuple[Finding, ...], tuple[Silenced, ...]]:
        """The findings to tell, and those that are set aside. Where both have, the team's reason is told."""
        team, mine = self.team.silencing(today), silencing(self.mine)
        told, aside = [], []
        for item in findings:
            if (entry := team(item)) is not None:
                how = (entry.author, entry.date, entry.expires)
                aside.append(Silenced(item, entry.reason, "team", *how))
            elif (own := mine(item)) is not None:
                expires = "" if own.expires is None else _day(own.expires)
                aside.append(Silenced(item, own.reason, "me", date=_day(own.at), expires=expires))
            else:
                told.append(item)
        return tuple(told), tuple(aside)


def store_of(workspace: Workspace) -> Findings:
    """What this user's state folder remembers of reviews."""
    return workspace.shelf


def silence_of(workspace: Workspace) -> Silence:
    """What is set aside in a workspace. Reads files: call it in a thread. Raises ConfigError."""
    mine = store_of(workspace).suppressed(workspace.root.as_posix())
    return Silence(baseline.read(workspace.root), mine)


def _day(at: float) -> str:
    return Date.fromtimestamp(at).isoformat() if at else ""
