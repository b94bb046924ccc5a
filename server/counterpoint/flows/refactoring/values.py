"""What a refactoring works with, and what it comes to. Values only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from counterpoint.answers import ChangeSet, FileChange
from counterpoint.audit import Audit, Site, said
from counterpoint.disk import Local
from counterpoint.engine import Reply
from counterpoint.flows.checked import Checks
from counterpoint.flows.price import Agree, nobody
from counterpoint.flows.refactoring.sites import Known, Lookup
from counterpoint.tasks import REFACTOR, Task
from counterpoint.testruns.values import Failure
from counterpoint.text import Files, Situation

REPAIRS = 2
"""Most asks that mend what the first one broke; and as many again for tests that fail."""

Step: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Receipt:
    """What ran of the user's tests on the changed tree. `passed` of `total`, 0 where nothing was understood.

    `command` is the user's, "" where there is none; `chosen` tests out of `of` were run, 0 for all. `why`
    says why there are no counts, or why all tests were run. `failures` are those that are left, each with
    its category. `repaired` were put right by asking once more. Where nothing could be `started`, `why` is a
    sentence that says so.
    """

    command: str = ""
    passed: int = 0
    total: int = 0
    chosen: int = 0
    of: int = 0
    why: str = ""
    failures: tuple[Failure, ...] = ()
    repaired: tuple[Failure, ...] = ()
    understood: bool = False
    started: bool = True

    @property
    def ran(self) -> bool:
        """Whether there is anything to say of tests."""
        return bool(self.command) and self.understood

    @property
    def said(self) -> str:
        """In the words of a title: "61 of 61 tests", or "8 of 8 impacted tests" where only these ran."""
        if not self.command:
            return "no tests run"
        if not self.started:
            return self.why
        if not self.understood:
            return f"tests not understood: {self.why}" if self.why else "tests not understood"
        before = sum(one.category == "failed before" for one in self.failures)
        told = f"{self.passed} of {self.total} {'impacted ' if self.chosen else ''}tests"
        return f"{told}, {before} failed before" if before else told


class Tests(Protocol):
    """Runs the user's tests on a change, as `testing.Tests`."""

    @property
    def command(self) -> str:
        """The user's command; "" for none."""
        ...

    async def __call__(self, changes: Sequence[FileChange], step: Step) -> Receipt:
        """The receipt of a run on the work tree with the changes made, failures sorted out."""
        ...


@dataclass(frozen=True, slots=True)
class Tools:
    """`files` has what may be sent, `local` what may be looked at on this machine. Both are as the editor has
    them. `tests` None: nothing can run any here."""

    lookup: Lookup
    files: Files
    local: Local
    checks: Checks
    tests: Tests | None = None


@dataclass(frozen=True, slots=True)
class Options:
    """`max_usd` bounds all asks together: a repair that could cost more is not made. `answered` may ask the
    user what the model must know, and returns the question with what they said, or None."""

    task: Task[ChangeSet] = REFACTOR
    job: str | None = None
    agree: Agree = nobody
    price_agreed: bool = False
    max_usd: float | None = None
    step: Step = lambda text: None
    answered: Callable[[Situation, Reply[ChangeSet]], Awaitable[Situation | None]] | None = None


@dataclass(frozen=True, slots=True)
class Refactored:
    """The change set with its doubts, what became of who relies on it, and what ran.

    `asked` is the question. `told` are remarks on how it came about: call sites not shown, repairs not made.
    """

    reply: Reply[ChangeSet]
    asked: Situation
    audit: Audit
    known: Known
    receipt: Receipt
    told: tuple[str, ...] = ()

    @property
    def answer(self) -> ChangeSet:
        return self.reply.answer

    @property
    def listed(self) -> tuple[Site, ...]:
        """Sites that do not fit, or of which nobody can tell: for the user to look at."""
        return tuple(site for site in self.audit.all if not site.fits)

    @property
    def said(self) -> str:
        """What is known of the change, in the words of a title: "22 callers intact, 61 of 61 tests"."""
        if not self.answer.files:
            return "nothing changes"
        return f"{said(self.audit)}, {self.receipt.said}"
