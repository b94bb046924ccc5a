"""The few shapes an answer can have. Each keeps what was dropped, with the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from counterpoint.text import Edit, Position, Span

Severity: TypeAlias = Literal["P0", "P1", "P2", "P3"]
Status: TypeAlias = Literal["verified", "contested", "unverified", "static", "stale"]

SEVERITIES: tuple[Severity, ...] = ("P0", "P1", "P2", "P3")

CATEGORIES: tuple[str, ...] = (
    "logic", "null-safety", "error-handling", "resource-leak", "concurrency", "async",
    "injection", "authorization", "crypto", "secrets", "validation", "performance", "api-contract",
    "data-loss", "types", "tests", "maintainability", "architecture", "docs", "other",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something a model said that did not reach the user. `reason` is one of few words, countable."""

    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Insertion:
    """Text to put in place of `span` (usually empty, at the cursor). An empty text shows nothing."""

    text: str
    span: Span
    dropped: tuple[Dropped, ...] = ()
    fired: tuple[str, ...] = ()
    """Names of the filters that changed what the model wrote, in order."""
    demoted: str = ""
    """Why another suggestion is to be preferred, such as "unknown-name"; "" for none."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A quote that stands at a 1-based line of a file."""

    path: str
    line: int
    quote: str


@dataclass(frozen=True, slots=True)
class QuoteEdit:
    """An edit as a model gives it: old text quoted, new text, and a 1-based line it is said to be near.

    `old` empty with `near_line` None means: create the file, or fill the empty file, with `new`.
    """

    path: str
    old: str
    new: str
    near_line: int | None = None
    reason: str = ""
    extra: bool = False
    """The model itself says that nobody asked for it."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A fix that travels with its finding as quotes, and is located anew when it is asked for."""

    title: str
    edits: tuple[QuoteEdit, ...]
    proof: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of a review. `start` and `end` are positions in the document it was found in."""

    id: str
    path: str
    start: Position
    end: Position
    severity: Severity
    confidence: float
    category: str
    lens: str
    """The pass it was found by (`pass` in JSON)."""
    title: str
    body: str
    status: Status
    model: str = ""
    evidence: tuple[Evidence, ...] = ()
    fix: Fix | None = None
    rule: str = ""
    """Id of the static rule that found it; empty for a model's finding."""
    symbol: str = ""
    """Qualified name of what it lies in; "" at module level."""
    job: str = ""
    """The action of the user it came from, for its price."""
    verifier: str = ""
    """Label of the model that looked a second time; "" if none did."""
    said: str = ""
    """What the second look said, in a sentence or two."""


@dataclass(frozen=True, slots=True)
class Findings:
    kept: tuple[Finding, ...]
    dropped: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a second look says of one claim, by its 1-based number. `against` are quotes that contradict the
    claim, `support` quotes that show it, each located; a verdict that rests on none counts for nothing."""

    claim: int
    holds: Literal["confirmed", "refuted", "unsure"]
    why: str
    against: tuple[Evidence, ...] = ()
    support: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdicts:
    kept: tuple[Verdict, ...]
    dropped: tuple[Dropped, ...] = ()


@dataclass(frozen=True, slots=True)
class FileChange:
    """Edits of one file against the version they were located in. A new file has `before` None.

    `reasons`, `extras` and `doubts` run along with `edits`, or are empty: what each edit does, whether it is
    an improvement nobody asked for, and why the user is to agree to it first, "" for no doubt. `doubt` is
    the same for the file as a whole. `moved_to` is the file's new path, "" where it stays; a file that is
    `deleted` has no edits.
    """

    path: str
    before: str | None
    edits: tuple[Edit, ...]
    version: int | None = None
    reasons: tuple[str, ...] = ()
    extras: tuple[bool, ...] = ()
    doubts: tuple[str, ...] = ()
    doubt: str = ""
    moved_to: str = ""
    deleted: bool = False

    @property
    def needs_confirmation(self) -> bool:
        """Whether anything of it is to be agreed to first."""
        return bool(self.doubt) or any(self.doubts)


def joined(*doubts: str) -> str:
    """Several doubts as one, each once."""
    return "; ".join(dict.fromkeys(filter(None, doubts)))


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """`question` is what the model must know first, where no default is safe; nothing is changed then."""

    files: tuple[FileChange, ...]
    dropped: tuple[Dropped, ...] = ()
    assumptions: tuple[str, ...] = ()
    question: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """Markdown for a person."""

    text: str
    dropped: tuple[Dropped, ...] = field(default=())


Answer: TypeAlias = Insertion | Findings | ChangeSet | Prose | Verdicts
