"""What is known of a run of tests. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from counterpoint.context.clues import Frame

Category: TypeAlias = Literal[
    "import path", "fixture", "environment", "flaky", "failed before", "logic", "unknown"
]
During: TypeAlias = Literal["", "collection", "setup", "teardown"]
REPAIRABLE: frozenset[Category] = frozenset({"import path", "fixture", "logic"})


@dataclass(frozen=True, slots=True)
class Told:
    """What a runner printed of one failure. `text` is its part of the output, `said` what a list at the end
    says of it in a line."""

    test: str
    text: str = ""
    during: During = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """One test that failed, or one file or package that could not be run.

    `test` is its id as the runner names it. `path` and `line` (1-based) are the innermost place in the
    workspace, "" and 0 where none is known. `error` is the kind of error and `message` what it says;
    `frames` are innermost first. `text` is what the runner printed of it.
    """

    test: str
    path: str = ""
    line: int = 0
    error: str = ""
    message: str = ""
    frames: tuple[Frame, ...] = ()
    category: Category = "unknown"
    during: During = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """A run. `errors` counts what failed outside of a test. Where a runner does not tell the counts they are
    those of what it listed; `code` is its exit code, None if it was ended."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    errors: int = 0
    failures: tuple[Failure, ...] = ()
    code: int | None = 0

    @property
    def total(self) -> int:
        """Tests that ran to an end: passed, failed, or broken on the way."""
        return self.passed + self.failed + self.errors

    @property
    def understood(self) -> bool:
        """False if the run did not end well and nothing it printed says which test was the reason."""
        return self.code == 0 or bool(self.failures)
