"""Which model answers: the task names a role, the catalogue its rows, the keys at hand decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from counterpoint import policy
from counterpoint.answers import Insertion
from counterpoint.errors import NoUsableRole
from counterpoint.health import Closed
from counterpoint.models import Catalogue, Model
from counterpoint.settings import Settings
from counterpoint.tasks import Task


@dataclass(frozen=True, slots=True)
class Candidate:
    """A model that may answer, with the effort fitted to it and the reason it stands where it does."""

    role: str
    model: Model
    effort: str | None
    reason: str
    tier: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """Candidates, best first, never empty; `notice` is said once where a role is filled by a stand-in."""

    candidates: tuple[Candidate, ...]
    notice: str = ""

    @property
    def first(self) -> Candidate:
        return self.candidates[0]


def route(
    task: Task[Any],
    catalogue: Catalogue,
    settings: Settings,
    usable: Collection[str],
    input_tokens: int = 0,
) -> Route:
    """Order the models for an ask of so many tokens. `usable` are the providers with a key, or needing none.

    Raises NoUsableRole where no model is left; the fix names the command that sets a key.
    """
    allowed = [
        model
        for model in catalogue.for_role(task.role)
        if model.provider in settings.providers.allow
        and _able(model, task)
        and task.vendor in ("", model.provider)
    ]
    fitting = [
        model for model in allowed if model.provider in usable and input_tokens <= model.max_input_tokens
    ]
    if fitting:
        ranked = policy.ordered(task.name, input_tokens, fitting)
        candidates = tuple(_candidate(task, settings, allowed, model, why) for model, why in ranked)
        return Route(candidates, _notice(allowed, fitting[0]))
    local = _embedded(task, catalogue, settings, usable)
    if local is not None:
        return Route((local,), "")
    raise _nobody(task, allowed, usable, input_tokens)


def without(found: Route, left_alone: Mapping[str, Closed]) -> Route:
    """The route without models that are left alone now; as it is if there is no other."""
    stay = tuple(one for one in found.candidates if one.model.name not in left_alone)
    if not stay or len(stay) == len(found.candidates):
        return found
    first = left_alone.get(found.first.model.name)
    if first is None:
        return Route(stay, found.notice)
    notice = f"{stay[0].model.label} stands in for {first.label}: {first.error.message}"
    return Route(stay, notice)


def _able(model: Model, task: Task[Any]) -> bool:
    """A model that only continues text can complete, and nothing else."""
    return task.shape is Insertion or not model.can("raw-continuation")


def _candidate(
    task: Task[Any], settings: Settings, allowed: list[Model], model: Model, why: str
) -> Candidate:
    effort = settings.review.effort if task.name == "review" else task.effort
    if why:
        reason = f"{model.label} goes first: {why}"
    elif model is allowed[0]:
        reason = f"{model.label} fills the role {task.role}"
    else:
        reason = f"{model.label} stands in for {allowed[0].label} in the role {task.role}"
    return Candidate(task.role, model, fitted_effort(model, effort), reason)


def fitted_effort(model: Model, effort: str) -> str | None:
    """The nearest effort the model knows, the lower one of two; None if it knows none or needs none said."""
    order = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
    if not model.efforts or (effort == "none" and "none" not in model.efforts):
        return None
    wanted = order.index(effort)
    return min(model.efforts, key=lambda known: (abs(order.index(known) - wanted), order.index(known)))


def _notice(allowed: list[Model], chosen: Model) -> str:
    if chosen is allowed[0]:
        return ""
    wanted = allowed[0]
    return (
        f"{chosen.label} stands in for {wanted.label}: there is no {wanted.provider} key."
        f" Set one with `counterpoint keys set {wanted.provider}`."
    )


def _embedded(
    task: Task[Any], catalogue: Catalogue, settings: Settings, usable: Collection[str]
) -> Candidate | None:
    """The small model on this machine: completions only, and only where no vendor has a key."""
    wanted = task.name == "complete" and settings.completion.embedded
    if not wanted or "embedded" not in usable or "embedded" not in settings.providers.allow:
        return None
    if {"openai", "anthropic"} & set(usable) & set(settings.providers.allow):
        return None
    rows = catalogue.for_role("embedded")
    return Candidate("embedded", rows[0], None, "no vendor's key is set") if rows else None


def _nobody(
    task: Task[Any], allowed: list[Model], usable: Collection[str], input_tokens: int
) -> NoUsableRole:
    if any(model.provider in usable for model in allowed):
        return NoUsableRole(
            f"No model of the role {task.role} takes {input_tokens:,} tokens.",
            fix="Ask about a smaller part.",
        )
    vendors = list(dict.fromkeys(model.provider for model in allowed))
    if not vendors:
        return NoUsableRole(
            f"No vendor is allowed for the role {task.role}.",
            fix="Widen providers.allow in your config.toml.",
        )
    return NoUsableRole(
        f"No key for the role {task.role} ({' or '.join(vendors)}).",
        fix=f"Set one with `counterpoint keys set {vendors[0]}`.",
    )
