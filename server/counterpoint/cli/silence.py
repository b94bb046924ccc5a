"""Findings that somebody has set aside, told apart from those that are printed and counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from counterpoint.answers import Finding


@dataclass(frozen=True, slots=True)
class Silenced:
    """A finding with who set it aside, why, and until when. Dates are ISO, "" for none."""

    finding: Finding
    reason: str
    whom: Literal["me", "team"]
    author: str = ""
    date: str = ""
    expires: str = ""
