"""What a review is given and what it hands back. Values only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from counterpoint.answers import Dropped, Finding
from counterpoint.calls import Call
from counterpoint.reviewing.machine.span import MachineSpan
from counterpoint.reviewing.unit import Unit
from counterpoint.static.checker import StaticResult
from counterpoint.text import Document, Files, NoFiles, Situation

Strategy: TypeAlias = Literal["find-verify", "draft-verify", "direct"]
By: TypeAlias = Literal["same", "other", "none"]
How: TypeAlias = Literal["asked", "known", "skipped", "failed"]

Static: TypeAlias = Callable[[Sequence[Document]], Awaitable[StaticResult]]
OnFindings: TypeAlias = Callable[[str, tuple[Finding, ...]], None]
"""Called with a path and all findings of it so far, each time there are more or they have changed."""
OnTold: TypeAlias = Callable[["Told"], None]
Written: TypeAlias = Callable[[Sequence[Document]], Awaitable[Mapping[str, Sequence[MachineSpan]]]]
Read: TypeAlias = Callable[[str], Document | None]
Prove: TypeAlias = Callable[
    [Sequence[Finding], Situation, Callable[[Dropped], None]], Awaitable[Sequence[Finding]]
]
"""Gives findings back in their order with the proofs of their fixes. A fix that fails one is taken away, and
the reason told."""


@dataclass(frozen=True, slots=True)
class StageError:
    """A stage that failed; what other stages found is kept."""

    stage: str
    code: str
    message: str
    provider: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a unit: "asked" now, "known" since it was bought earlier, "skipped" or "failed".

    `why` is the reason it was reviewed, `detail` why it was skipped or failed. Lines are 1-based. `brief`
    where the budget left room for a look with little context only.
    """

    path: str
    name: str
    first_line: int
    last_line: int
    why: str
    how: How
    detail: str = ""
    brief: bool = False

    @classmethod
    def of(cls, unit: Unit, how: How, detail: str = "") -> Told:
        """The row of a unit."""
        block = unit.block
        return cls(unit.path, block.name, block.first_line + 1, block.last_line + 1, unit.why, how, detail)

    def __str__(self) -> str:
        name = self.name or "the rest"
        return f"{self.path}:{self.first_line}-{self.last_line} {name}: {self.became}"

    @property
    def became(self) -> str:
        """What became of it and why, in words."""
        return f"{self.how}, {self.why}{f' ({self.detail})' if self.detail else ''}"


@dataclass(frozen=True, slots=True)
class Review:
    """The result. `complete` is False if any stage failed; `notice` tells of an absent model. `told` says of
    each unit whether it was asked about, and why."""

    job: str
    findings: tuple[Finding, ...]
    dropped: tuple[Dropped, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    errors: tuple[StageError, ...] = ()
    calls: tuple[Call, ...] = ()
    notice: str = ""
    told: tuple[Told, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.errors

    @property
    def cost_usd(self) -> float:
        return sum(call.cost_usd for call in self.calls)

    @property
    def brief(self) -> bool:
        """Whether anything was looked at with little context only."""
        return any(one.brief for one in self.told)

    def units(self, how: How) -> int:
        """How many units were asked about, known, skipped or failed."""
        return sum(one.how == how for one in self.told)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a unit, with positions in the documents as they are now.

    `whole` is False where the answer was cut off: what had come by then counts, and the unit is asked about
    again. `path` is the file it was bought for.
    """

    path: str
    findings: tuple[Finding, ...]
    whole: bool = True
    relied: Mapping[str, str] = field(default_factory=dict)
    """Contracts of other files' functions as they were, by name, as far as they were known."""


class Store(Protocol):
    """Verdicts that were bought. Both methods read and write files: they run in threads. They raise
    ConfigError where that fails."""

    def known(self, wanted: Mapping[str, Unit], read: Read) -> Mapping[str, Known]:
        """What was kept under some keys, each with the unit it is wanted for: findings are located anew in
        it, and in the documents that `read` gives."""
        ...

    def keep(self, known: Mapping[str, tuple[Unit, Known]], read: Read) -> None:
        """Keep these by key, all or none, in place of what was kept before."""
        ...


@dataclass(frozen=True, slots=True)
class Options:
    """How a review is made. What is None is as the settings say.

    `lens` are the passes in words where they are not all shipped ones. `anew` asks about units that are known
    too. `automatic` says that nobody asked for it: its share of the budget is another. `price_agreed` says
    that the user has agreed to the price of very long prompts.
    """

    passes: tuple[str, ...] = ("correctness",)
    lens: str = ""
    strategy: Strategy | None = None
    verify: By | None = None
    votes: int | None = None
    use_model: bool = True
    anew: bool = False
    automatic: bool = False
    price_agreed: bool = False
    job: str = ""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a review works with; an edge gets them from its workspace. What is None is left out."""

    files: Files = field(default_factory=NoFiles)
    static: Static | None = None
    store: Store | None = None
    prove: Prove | None = None
    written: Written | None = None
    """Tells what of documents models wrote, by path."""
    root: str = ""
    """The workspace as the ledger names it; "" where what becomes of findings is not written down."""
