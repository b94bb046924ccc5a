"""Model, price and time for menu titles: computed from sizes alone, within a millisecond and without I/O."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from counterpoint.errors import NotSendable, NoUsableRole, ProviderError
from counterpoint.models import Model, Usage, calibrated, cost_of
from counterpoint.tasks import Task

if TYPE_CHECKING:
    from counterpoint.routing import Candidate
    from counterpoint.workspace import Workspace

_OVERHEAD_TOKENS = 1_500
"""Instructions and context round the code; the exact figure is known only when the prompt is rendered."""
_CHARACTERS_PER_TOKEN = 3
_BY_EFFORT: Mapping[str, float] = MappingProxyType({"low": 0.3, "medium": 0.6, "xhigh": 2.0})
"""What an effort writes, as a share of the task's own prior, which is for `high`."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a menu entry may promise. `refusal` says why there is no model, else it is empty."""

    model: str = ""
    note: str = ""
    refusal: str = ""


def offer(
    workspace: Workspace | None,
    usable: Collection[str],
    task: Task[Any],
    characters: int,
    *,
    asks: int = 1,
    effort: str = "",
    path: str = "",
    quoted: str = "",
) -> Offer:
    """The model that would be asked, and a note such as `Opus 4.7, $0.05-0.20, ~1 min`.

    `asks` is how many requests the characters are sent in; `effort` how hard a review thinks, as the settings
    say if it is "". `path` is of the document, `quoted` of an own task's file: a vendor that may not see both
    is not promised. The range begins with one answer that is taken as it is, and ends with all that may
    follow: what verifies findings, what repairs a change, who is asked where nothing of it can be used.
    """
    if workspace is None:
        return Offer()
    from counterpoint.flows.expecting import Further, further
    from counterpoint.routing import escalated

    asks = max(1, asks)
    asking = _Asking(workspace, usable, tuple(filter(None, (path, quoted))))
    try:
        first = asking.first(task, characters, asks, measured=True)
    except (NoUsableRole, NotSendable) as error:
        return Offer(refusal=str(error))
    effort = (effort or workspace.settings.review.effort) if task.name == "review" else first.effort or ""
    one = _one(workspace, task, first.model, characters, asks, effort)
    low, high = one.cost
    harder = None if task.because else escalated(task, workspace.settings)
    for row in (*further(workspace.settings, task), *([Further(harder, 1)] if harder else [])):
        with suppress(NoUsableRole, NotSendable):
            found = asking.first(row.task, characters, asks)
            if row.task is harder and (found.model is first.model or found.model.can("asks-first")):
                continue  # then nobody is asked once more
            more = _one(workspace, row.task, found.model, characters, asks, found.effort or "").cost
            low, high = low + row.least * more[0], high + row.times * more[1]
    at_once = max(1, workspace.settings.review.parallel)
    time = _time(first.model, one.output, -(-asks // at_once))
    return Offer(first.model.label, f"{first.model.label}, {money(low, high)}, {time}")


@dataclass(frozen=True, slots=True)
class _Asking:
    """Who would be asked now, as `Engine.ask` finds it, by what is known without waiting."""

    workspace: Workspace
    usable: Collection[str]
    paths: tuple[str, ...]

    def first(self, task: Task[Any], characters: int, asks: int, *, measured: bool = False) -> Candidate:
        """The model that would be asked in so many requests. Raises NoUsableRole, NotSendable.

        What is sent of a document that no model takes is not known here: then its size decides nothing.
        """
        from counterpoint.policy import least_tokens

        found = self._of(task, 0, characters // asks // _CHARACTERS_PER_TOKEN + _OVERHEAD_TOKENS, measured)
        tokens = found.model.tokens_in(characters // asks) + _OVERHEAD_TOKENS
        if tokens > least_tokens(task.name):
            with suppress(NoUsableRole):
                return self._of(task, tokens, tokens, measured)
        return found

    def _of(self, task: Task[Any], tokens: int, size: int, measured: bool) -> Candidate:
        from counterpoint import choosing
        from counterpoint.policy import routine
        from counterpoint.routing import NONE, route, without

        workspace, ports = self.workspace, self.workspace.engine.ports
        known = workspace.engine.evidence.now if measured and routine(task.name, size) else NONE
        found = route(task, workspace.catalogue, workspace.settings, self.usable, tokens, known)
        if self.paths and workspace.settings.providers.paths:
            found = choosing.seen(found, self.paths, ports.barred_by_name)
        with suppress(ProviderError):  # all are left alone: who asks is told so
            found = without(found, choosing.passed_over(ports.turns.health, found, "asked"))
        return found.first


@dataclass(frozen=True, slots=True)
class _One:
    """Tokens that one of several asks writes, and USD that all of them cost: the least and the most."""

    output: tuple[int, int]
    cost: tuple[float, float]


def _one(
    workspace: Workspace, task: Task[Any], model: Model, characters: int, asks: int, effort: str
) -> _One:
    """What a model is known to write and to count, else what its row and the task's say."""
    learned = workspace.ledger.learned
    row = calibrated(model, learned.characters_per_token(model.name))
    tokens = row.tokens_in(characters // asks) + _OVERHEAD_TOKENS
    known = learned.expects(model.name, task.name, tokens, effort)
    share = _BY_EFFORT.get(effort, 1.0) if task.name == "review" else 1.0
    prior = (round(task.output_prior[0] * share), round(task.output_prior[1] * share))
    output = (known.low, known.high) if known else prior
    low, high = (asks * cost_of(model, Usage(tokens, written)) for written in output)
    return _One(output, (low, high))


def money(low: float, high: float) -> str:
    """A range of USD to the cent: `free`, `under $0.01`, `$0.05-0.20`."""
    if high <= 0:
        return "free"
    if high < 0.01:
        return "under $0.01"
    first, last = f"{max(low, 0.01):.2f}", f"{high:.2f}"
    return f"${first}" if first == last else f"${first}-{last}"


def _time(model: Model, output: tuple[int, int], rounds: int) -> str:
    slow, fast = model.prior_tokens_per_second
    low = model.prior_first_token[0] + output[0] / fast
    high = model.prior_first_token[1] + output[1] / slow
    return duration(rounds * (low * high) ** 0.5)


def duration(seconds: float) -> str:
    """`~5 s`, `~30 s`, `~2 min`."""
    if seconds < 10:
        return f"~{max(1, round(seconds))} s"
    if seconds < 55:
        return f"~{round(seconds / 10) * 10} s"
    return f"~{max(1, round(seconds / 60))} min"
