"""The table of tasks: what a user can ask for. A task is a row here and a file in `prompts/`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeAlias, TypeVar

from counterpoint.answers import ChangeSet, Findings, Insertion, Prose, Verdicts
from counterpoint.errors import UsageError

A = TypeVar("A", Insertion, Findings, ChangeSet, Prose, Verdicts)


@dataclass(frozen=True, slots=True)
class Task(Generic[A]):
    """A row. `name` is also its prompt's file name; `shape` is what comes back.

    `effort` and `max_output_tokens` are what the task's own role needs; routing fits them to the model.
    `deadline` is in seconds. `menu` is the code-action kind under which editors list it, or None.
    """

    name: str
    title: str
    role: Literal["fast", "deep"]
    shape: type[A]
    effort: str
    max_output_tokens: int
    deadline: float
    output_prior: tuple[int, int]
    """Output tokens, low and high, assumed for an estimate until the ledger knows better."""
    menu: str | None = None
    context: Literal["", "completion", "edit", "review"] = ""
    """What is chosen from the workspace to go with the document; "" for nothing."""
    vendor: str = ""
    """The only provider whose models may answer; "" for any. A second look says whose eyes it wants."""


REWRITE = "refactor.rewrite.counterpoint"

COMPLETE = Task("complete", "Complete", "fast", Insertion, "none", 256, 8.0, (8, 120), context="completion")
EDIT = Task(
    "edit",
    "Edit by instruction...",
    "fast",
    ChangeSet,
    "low",
    25_000,
    120.0,
    (150, 3_000),
    REWRITE,
    "edit",
)
FIX = Task(
    "fix", "Fix this problem", "fast", ChangeSet, "low", 25_000, 120.0, (100, 1_500), "quickfix", "edit"
)
REVIEW = Task("review", "Review", "deep", Findings, "high", 32_000, 600.0, (600, 9_000), context="review")
DRAFT = Task(
    "draft", "Draft findings", "fast", Findings, "medium", 32_000, 300.0, (400, 5_000), context="review"
)
VERIFY = Task("verify", "Verify findings", "deep", Verdicts, "medium", 25_000, 300.0, (120, 2_000))
REBUT = Task("rebut", "Answer a refutation", "deep", Verdicts, "medium", 25_000, 300.0, (100, 1_500))

PASSES: tuple[str, ...] = (
    "correctness", "security", "concurrency", "performance", "api", "tests", "architecture", "prose",
)  # fmt: skip
"""The lenses of a review. Each has a file in `prompts/passes/`."""

AnyTask: TypeAlias = Task[Insertion] | Task[Findings] | Task[ChangeSet] | Task[Prose] | Task[Verdicts]

TASKS: dict[str, AnyTask] = {task.name: task for task in (COMPLETE, EDIT, FIX, REVIEW, DRAFT, VERIFY, REBUT)}


def task_named(name: str) -> AnyTask:
    """The row called `name`. Raises UsageError naming the known rows."""
    try:
        return TASKS[name]
    except KeyError:
        raise UsageError(f"No task is called {name!r}.", fix=f"Use one of: {', '.join(TASKS)}.") from None
