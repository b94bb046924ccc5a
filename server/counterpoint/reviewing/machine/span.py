"""Who wrote a piece of a document, and what is known of it. Values only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from counterpoint.text import Span


@dataclass(frozen=True, slots=True)
class Origin:
    """The action of the user a text came from, the label of the model that wrote it ("GPT-5.5"), the task,
    and when it was put in, in seconds since 1970."""

    job: str
    model: str
    task: str
    at: float


class Run(NamedTuple):
    """Machine-written characters `start` to `end` (half open) of a text."""

    start: int
    end: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class MachineSpan:
    """A machine-written piece of a document as it is now.

    `reviewed` says that a review has ended that saw the piece as it is now, formatting aside.
    """

    span: Span
    job: str
    model: str
    task: str
    at: float
    reviewed: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """What a menu entry offers to review: by whom it was written, at how many places, in which files."""

    models: tuple[str, ...]
    places: int
    characters: int
    paths: tuple[str, ...]

    @property
    def writer(self) -> str:
        """The model that wrote all of it; "" where several did."""
        return self.models[0] if len(self.models) == 1 else ""

    def title(self, note: str = "") -> str:
        """`Review what GPT-5.5 wrote (3 places, Opus 4.7, $0.05-0.20)`, the last part being `note`."""
        places = f"{self.places} place{'s' if self.places != 1 else ''}"
        return f"Review what {_listed(self.models)} wrote ({', '.join(filter(None, (places, note)))})"


def _listed(names: tuple[str, ...]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else "models"


def joined(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Runs in order, those that touch and have one origin as one; empty ones are left out."""
    found: list[Run] = []
    for run in sorted(runs, key=lambda one: (one.start, one.end)):
        if run.start >= run.end:
            continue
        if found and found[-1].end == run.start and found[-1].origin == run.origin:
            found[-1] = Run(found[-1].start, run.end, run.origin)
        else:
            found.append(run)
    return tuple(found)


def healed(text: str, runs: Sequence[Run]) -> tuple[Run, ...]:
    """Runs of one origin with nothing but white space between them as one; white space alone is nobody's."""
    found: list[Run] = []
    for run in joined(runs):
        last = found[-1] if found else None
        if not text[run.start : run.end].strip():
            continue
        if last is not None and last.origin == run.origin and not text[last.end : run.start].strip():
            found[-1] = Run(last.start, run.end, run.origin)
        else:
            found.append(run)
    return tuple(found)


def shifted(runs: Iterable[Run], by: int) -> tuple[Run, ...]:
    """The runs so many characters further on."""
    return tuple(Run(run.start + by, run.end + by, run.origin) for run in runs)


def cut(runs: Iterable[Run], start: int, end: int) -> tuple[Run, ...]:
    """What of the runs lies within a range."""
    return tuple(
        Run(max(run.start, start), min(run.end, end), run.origin)
        for run in runs
        if run.start < end and run.end > start
    )
