"""The table of tasks: what a user can ask for. A task is a row here and a file in `prompts/`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, Literal, TypeAlias, TypeVar

from counterpoint.answers import ChangeSet, Findings, Insertion, Prose, Verdicts
from counterpoint.errors import UsageError

Role: TypeAlias = Literal["fast", "deep", "value"]
A = TypeVar("A", Insertion, Findings, ChangeSet, Prose, Verdicts)


@dataclass(frozen=True, slots=True)
class Task(Generic[A]):
    """A row. `name` is also its prompt's file name; `shape` is what comes back.

    `effort` and `max_output_tokens` are what the task's own role needs; routing fits them to the model.
    `deadline` is in seconds. `menu` is the code-action kind under which editors list it, or None.
    """

    name: str
    title: str
    role: Role
    shape: type[A]
    effort: str
    max_output_tokens: int
    deadline: float
    output_prior: tuple[int, int]
    """Output tokens, low and high, assumed for an estimate until the ledger knows better."""
    menu: str | None = None
    context: Literal["", "completion", "edit", "review", "locate", "trace"] = ""
    """What is chosen from the workspace to go with the document; "" for nothing."""
    vendor: str = ""
    """The only provider whose models may answer; "" for any. A second look says whose eyes it wants."""
    fits: Fits = "anywhere"
    """Where editors list it."""
    prompt: str = ""
    """The prompt file where it is not the row's own: tasks of a repository share one for each shape."""
    because: str = ""
    """Why it is asked in another role than its row's, in few words; "" where it is not."""
    model: str = ""
    """The only row of the catalogue that may answer, with the task's own effort; "" for any of the role. None
    stands in for it and nothing cheaper is asked: a comparison must know who has answered what."""
    written_by: str = ""
    """Row or label of the model that wrote what is asked about; "" for people, and where nobody knows. Models
    of other vendors are asked before it."""


Fits: TypeAlias = Literal["anywhere", "symbol", "stub", "selection", "staged", "comment", "problem"]
"""Places a task of the menu is offered at: anywhere; in a definition; in one without a body, or at a comment
that says what is to be done; where lines are selected; where changes are staged; at a comment addressed to
us; at a reported problem."""

REWRITE = "refactor.rewrite.counterpoint"

COMPLETE = Task("complete", "Complete", "fast", Insertion, "none", 256, 8.0, (8, 120), context="completion")


def _pair(name: str, title: str, fits: Fits, prior: tuple[int, int] = (150, 3_000)) -> Task[ChangeSet]:
    """A row of pair programming: quick, and answered by edits."""
    menu = "quickfix" if fits == "problem" else REWRITE
    return Task(name, title, "fast", ChangeSet, "low", 25_000, 120.0, prior, menu, "edit", fits=fits)


EDIT = _pair("edit", "Edit by instruction...", "anywhere")
FIX = _pair("fix", "Fix this problem", "problem", (100, 1_500))
IMPLEMENT = _pair("implement", "Implement this", "stub")
TESTS = _pair("tests", "Write tests for this", "symbol", (400, 6_000))
DOCUMENT = _pair("document", "Document this", "symbol", (80, 1_500))
SIMPLIFY = _pair("simplify", "Simplify this", "selection")
EXPLAIN = Task("explain", "Explain this", "fast", Prose, "low", 8_000, 120.0, (200, 1_500), REWRITE, "edit")
COMMIT = Task(
    "commit", "Write the commit message", "fast", Prose, "low", 4_000, 60.0, (30, 300), REWRITE, fits="staged"
)
ASK = Task(
    "ask", "Ask about the workspace", "fast", Prose, "medium", 16_000, 180.0, (200, 2_000), context="locate"
)
INVESTIGATE = Task(
    "investigate", "Investigate", "deep", Findings, "high", 32_000, 600.0, (600, 9_000), context="trace"
)
REFACTOR = Task(
    "refactor", "Refactor...", "deep", ChangeSet, "high", 64_000, 900.0, (600, 16_000), REWRITE, "edit"
)
REPAIR = Task("repair", "Repair", "deep", ChangeSet, "medium", 32_000, 300.0, (100, 3_000))
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

_ROWS: tuple[AnyTask, ...] = (
    COMPLETE, EDIT, FIX, IMPLEMENT, TESTS, DOCUMENT, SIMPLIFY, EXPLAIN, COMMIT, ASK,
    INVESTIGATE, REFACTOR, REPAIR, REVIEW, DRAFT, VERIFY, REBUT,
)  # fmt: skip

TASKS: dict[str, AnyTask] = {task.name: task for task in _ROWS}


def short(task: Task[A]) -> Task[A]:
    """The task with answers of at most twice the usual length, for which far less has to be set aside."""
    return replace(task, max_output_tokens=min(task.max_output_tokens, 2 * task.output_prior[1]))


def task_named(name: str) -> AnyTask:
    """The row called `name`. Raises UsageError naming the known rows."""
    try:
        return TASKS[name]
    except KeyError:
        raise UsageError(f"No task is called {name!r}.", fix=f"Use one of: {', '.join(TASKS)}.") from None
