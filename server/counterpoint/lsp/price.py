"""Model, price and time for menu titles: computed from sizes alone, within a millisecond and without I/O."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from counterpoint.errors import NoUsableRole
from counterpoint.models import Model, Usage, cost_of
from counterpoint.tasks import Task

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

_OVERHEAD_TOKENS = 1_500
"""Instructions and context round the code; the exact figure is known only when the prompt is rendered."""
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
) -> Offer:
    """The model that would be asked, and a note such as `Opus 4.7, $0.05-0.20, ~1 min`.

    `asks` is how many requests the characters are sent in; `effort` how hard a review thinks, as the settings
    say if it is "".
    """
    if workspace is None:
        return Offer()
    from counterpoint.routing import route

    try:
        model = route(task, workspace.catalogue, workspace.settings, usable).first.model
    except NoUsableRole as error:
        return Offer(refusal=str(error))
    if task.name == "review":
        task = _at_effort(task, effort or workspace.settings.review.effort)
    at_once = max(1, workspace.settings.review.parallel)
    time = _time(model, task, -(-asks // at_once))
    return Offer(model.label, f"{model.label}, {_money(model, task, characters, asks)}, {time}")


def _at_effort(task: Task[Any], effort: str) -> Task[Any]:
    share = _BY_EFFORT.get(effort, 1.0)
    low, high = task.output_prior
    return replace(task, output_prior=(round(low * share), round(high * share)))


def _money(model: Model, task: Task[Any], characters: int, asks: int) -> str:
    tokens = model.tokens_in(characters) + _OVERHEAD_TOKENS * asks
    low, high = (cost_of(model, Usage(tokens, output * asks)) for output in task.output_prior)
    return money(low, high)


def money(low: float, high: float) -> str:
    """A range of USD to the cent: `free`, `under $0.01`, `$0.05-0.20`."""
    if high <= 0:
        return "free"
    if high < 0.01:
        return "under $0.01"
    first, last = f"{max(low, 0.01):.2f}", f"{high:.2f}"
    return f"${first}" if first == last else f"${first}-{last}"


def _time(model: Model, task: Task[Any], rounds: int) -> str:
    slow, fast = model.prior_tokens_per_second
    low = model.prior_first_token[0] + task.output_prior[0] / fast
    high = model.prior_first_token[1] + task.output_prior[1] / slow
    return duration(rounds * (low * high) ** 0.5)


def duration(seconds: float) -> str:
    """`~5 s`, `~30 s`, `~2 min`."""
    if seconds < 10:
        return f"~{max(1, round(seconds))} s"
    if seconds < 55:
        return f"~{round(seconds / 10) * 10} s"
    return f"~{max(1, round(seconds / 60))} min"
