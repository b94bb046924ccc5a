"""What the engine asks of the world, what may be watched while it answers, and what it hands back. Values."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias

from counterpoint import gather
from counterpoint.answers import Answer, Insertion
from counterpoint.calls import Call
from counterpoint.context.judging import Judgement
from counterpoint.context.question import Question, Selection
from counterpoint.plan import Plan
from counterpoint.providers import Endpoint, Provider
from counterpoint.settings import Settings
from counterpoint.tasks import A, Task
from counterpoint.text import Document, Situation
from counterpoint.turns import Turns

OnItem: TypeAlias = Callable[[Any], None]


async def unjudged(document: Document, insertion: Insertion, seconds: float) -> Judgement | None:
    """Nothing is said against it."""
    return None


@dataclass(frozen=True, slots=True)
class Later:
    """What a workspace may do since its settings were read anew: those settings, and the ports by them."""

    settings: Settings
    ports: Ports


def unchanged() -> None:
    """The settings are as they were."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What the engine asks of the world. `guard` and `missing_consent` read files: they run in threads."""

    usable: Callable[[], Awaitable[frozenset[str]]]
    endpoint: Callable[[str], Awaitable[Endpoint]]
    open: Callable[[Endpoint], Awaitable[Provider]]
    guard: Callable[[str, str], str | None]
    missing_consent: Callable[[Endpoint], tuple[str, ...]]
    barred: Callable[[str, str], str | None] = lambda path, provider: None
    """Why a provider may not see a file, or None. Reads files: runs in a thread."""
    barred_by_name: Callable[[str, str], str | None] = lambda path, provider: None
    """The same by the path alone, as titles tell it. Reads nothing."""
    gather: Callable[[Question, float], Awaitable[Selection]] = gather.nothing
    """Code of the workspace that belongs to a question, within so many seconds."""
    judge: Callable[[Document, Insertion, float], Awaitable[Judgement | None]] = unjudged
    """What an insertion would do to an open document; None if nobody knows within so many seconds."""
    later: Callable[[], Awaitable[Later] | None] = unchanged
    """What holds where settings were read anew since: a question that waited meanwhile keeps to both. Raises
    ConfigError where those cannot be read."""
    turns: Turns = field(default_factory=Turns)
    """Whose turn it is with each vendor, and who is left alone: the same for all that share an account."""


@dataclass(frozen=True, slots=True)
class Reply(Generic[A]):
    """An answer with the calls it took; `notice` tells of a stand-in model, and `more` of another model that
    was asked as well. `faint`: the budget left room for little context, or for a cheaper model only."""

    answer: A
    calls: tuple[Call, ...]
    job: str
    notice: str = ""
    more: str = ""
    faint: bool = False

    @property
    def cost_usd(self) -> float:
        return sum(call.cost_usd for call in self.calls)

    def written_by(self, task: str) -> str:
        """The row that wrote most of the answer to a task; "" without calls."""
        return wrote(self.calls, task)


def wrote(calls: Sequence[Call], task: str) -> str:
    """The row that wrote most of a change: who last answered the task itself, not who repaired that answer.
    "" without calls."""
    return next((one.model for one in reversed(calls) if one.task == task), calls[-1].model if calls else "")


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a job with the calls it took. `answer` is None where what the model said was none;
    `characters` is the length of its prompt."""

    task: Task[Any]
    situation: Situation
    job: str
    calls: tuple[Call, ...]
    answer: Answer | None
    characters: int = 0


Heard: TypeAlias = Callable[[Asked], None]


@dataclass(frozen=True, slots=True)
class Watch:
    """Told while a question is answered, on the event loop; each must return at once.

    `on_item` receives each finding, still without its id, as soon as it is complete; `on_plan` what is about
    to be sent; `on_text` the text as it streams, before any filter. `hold` is awaited once the prompt stands,
    before anything is set aside or sent. `on_begun` is called at a vendor's first event: what it was sent has
    been read by then, and a prefix of it can be read from its cache.
    """

    on_item: OnItem | None = None
    on_plan: Callable[[Plan], None] | None = None
    on_text: Callable[[str], None] | None = None
    hold: Callable[[], Awaitable[None]] | None = None
    on_begun: Callable[[], None] | None = None
