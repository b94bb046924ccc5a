"""Which model answers: the task names a role, the catalogue its rows, the keys at hand decide."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from counterpoint import policy
from counterpoint.answers import Insertion
from counterpoint.errors import NoUsableRole
from counterpoint.health import Closed
from counterpoint.models import Catalogue, Model
from counterpoint.settings import Settings
from counterpoint.stepping import Evidence
from counterpoint.tasks import TASKS, A, Task

NONE: Evidence = MappingProxyType({})
"""Nothing was measured."""


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
    evidence: Evidence = NONE,
) -> Route:
    """Order the models for an ask of so many tokens. `usable` are the providers with a key, or needing none;
    `evidence` is what was measured of cheaper models on the user's own code.

    Raises NoUsableRole where no model is left; the fix names the command that sets a key.
    """
    rows = _rows(task, catalogue)
    allowed = _allowed(task, settings, rows)
    if (writer := writer_of(task, catalogue)) is not None:
        task, allowed = _read_by_another(task, writer, allowed)
    fitting = _fitting(allowed, usable, input_tokens)
    if fitting:
        ranked = policy.ordered(task.name, input_tokens, fitting)
        if writer is not None:
            ranked = tuple(sorted(ranked, key=lambda one: _likeness(one[0], writer)))
        candidates = [_candidate(task, settings, allowed, model, why) for model, why in ranked]
        if (
            lower := _lower(task, catalogue, settings, usable, input_tokens, evidence, candidates)
        ) is not None:
            candidates = [lower, *(one for one in candidates if one.model is not lower.model)]
        return Route(tuple(candidates), _notice(allowed, fitting[0]))
    local = None if task.model else _embedded(task, catalogue, settings, usable)
    if local is not None:
        return Route((local,), "")
    keyed = [one.provider for one in rows if one.provider in usable and one not in allowed]
    raise _nobody(task, allowed, usable, input_tokens, keyed[0] if keyed else "")


def without(found: Route, left_alone: Mapping[str, Closed]) -> Route:
    """The route without models that are left alone now; as it is if there is no other."""
    stay = tuple(one for one in found.candidates if one.model.name not in left_alone)
    if not stay or len(stay) == len(found.candidates):
        return found
    first = left_alone.get(found.first.model.name)
    if first is None:
        return Route(stay, found.notice)
    notice = f"{stay[0].model.label} stands in for {first.label}: {first.error.aside}"
    return Route(stay, notice)


def escalated(task: Task[A], settings: Settings) -> Task[A] | None:
    """The task to ask once more where its answer cannot be used: in another role, and harder thought about.

    None where the policy has no row for it, or it is asked in that role already.
    """
    row = next((one for one in policy.escalations() if task.name in one.tasks), None)
    if row is None or not settings.routing.escalate or task.model or task.role == row.role:
        return None
    return replace(task, role=row.role, effort=row.effort, because=row.reason)


def _rows(task: Task[Any], catalogue: Catalogue) -> tuple[Model, ...]:
    """The rows that may answer a task: those that the user gave the task itself, else those of its role.
    Raises ConfigError for a model that is none."""
    if task.model:
        return (catalogue.model(task.model),)
    return (catalogue.for_role(task.name) if _in_own_role(task) else ()) or catalogue.for_role(task.role)


def writer_of(task: Task[Any], catalogue: Catalogue) -> Model | None:
    """The model that wrote what is asked about; None for people, and for what is no row of the catalogue."""
    named = (one for one in catalogue.models.values() if task.written_by in (one.name, one.label))
    return next(named, None) if task.written_by else None


def _read_by_another(task: Task[A], writer: Model, allowed: list[Model]) -> tuple[Task[A], list[Model]]:
    """The models with those in front that are least like the writer, and the task with the reason where that
    changes who is asked. One whose price is asked first stands in for nobody here either."""
    order = sorted(allowed, key=lambda one: _likeness(one, writer))
    order = [one for at, one in enumerate(order) if at == 0 or not one.can("asks-first")]
    if order[:1] != allowed[:1] and not task.because:
        task = replace(task, because=f"{writer.label} wrote what is asked about")
    return task, order


def _likeness(model: Model, writer: Model) -> int:
    """2 for the writer itself, 1 for another model of its vendor, else 0."""
    return (model.provider == writer.provider) + (model.name == writer.name)


def _in_own_role(task: Task[Any]) -> bool:
    """Whether a task of ours is asked in the role of its row: not as the other voice, or once more."""
    return task.name in TASKS and TASKS[task.name].role == task.role


def _allowed(task: Task[Any], settings: Settings, rows: Sequence[Model]) -> list[Model]:
    return [
        model
        for model in rows
        if model.provider in settings.providers.allow
        and _able(model, task)
        and _in_its_place(model, task, rows)
        and task.vendor in ("", model.provider)
    ]


def _fitting(models: Sequence[Model], usable: Collection[str], input_tokens: int) -> list[Model]:
    return [model for model in models if model.provider in usable and input_tokens <= model.max_input_tokens]


def _lower(
    task: Task[Any],
    catalogue: Catalogue,
    settings: Settings,
    usable: Collection[str],
    input_tokens: int,
    evidence: Evidence,
    candidates: Sequence[Candidate],
) -> Candidate | None:
    """The first model of the role "value" that was measured to be as good as the one that goes first; None
    where none was, the task is no routine one, or somebody else is asked for than usual."""
    measured = settings.routing.step_down == "measured" and _in_own_role(task)
    measured = measured and not (task.model or task.because or task.written_by)
    if not evidence or not measured or policy.routine(task.name, input_tokens) is None:
        return None
    first = candidates[0].model
    for model in _fitting(_allowed(task, settings, catalogue.for_role("value")), usable, input_tokens):
        shown = evidence.get((task.name, model.name, first.name))
        if shown is not None and not model.can("asks-first"):
            reason = f"{model.label} goes first: {shown.said(first.label)}"
            return Candidate("value", model, fitted_effort(model, task.effort), reason)
    return None


def _in_its_place(model: Model, task: Task[Any], rows: Sequence[Model]) -> bool:
    """A model whose price is asked first answers where it was put first: it stands in for nobody, and nobody
    could be asked while they type."""
    return not model.can("asks-first") or (model is rows[0] and task.shape is not Insertion)


def _able(model: Model, task: Task[Any]) -> bool:
    """A model that only continues text can complete, and nothing else."""
    return task.shape is Insertion or not model.can("raw-continuation")


def _candidate(
    task: Task[Any], settings: Settings, allowed: list[Model], model: Model, why: str
) -> Candidate:
    if task.model:
        reason = f"{model.label} is asked: {task.because}" if task.because else f"{model.label} is named"
        return Candidate(task.role, model, fitted_effort(model, task.effort), reason)
    effort = settings.review.effort if task.name == "review" else task.effort
    if why:
        reason = f"{model.label} goes first: {why}"
    elif task.because and model is allowed[0]:
        reason = f"{model.label} fills the role {task.role}: {task.because}"
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
    if (set(usable) & set(settings.providers.allow)) - {"embedded"}:
        return None
    rows = catalogue.for_role("embedded")
    return Candidate("embedded", rows[0], None, "no vendor's key is set") if rows else None


def _nobody(
    task: Task[Any], allowed: list[Model], usable: Collection[str], input_tokens: int, keyed: str
) -> NoUsableRole:
    """`keyed` is a vendor with a key whom the user has not allowed."""
    what = f"the model {task.model}" if task.model else f"the role {task.role}"
    if any(model.provider in usable for model in allowed):
        whom = f"{task.model} does not take" if task.model else f"No model of {what} takes"
        return NoUsableRole(f"{whom} {input_tokens:,} tokens.", fix="Ask about a smaller part.")
    vendors = list(dict.fromkeys(model.provider for model in allowed))
    if not vendors:
        return NoUsableRole(
            f"No vendor is allowed for {what}.",
            fix=f'Add "{keyed or "openai"}" to providers.allow in your config.toml.',
        )
    return NoUsableRole(
        f"No key for {what} ({' or '.join(vendors)}).",
        fix=f"Set one with `counterpoint keys set {vendors[0]}`"
        + (
            f', or add "{keyed}", whose key is set, to providers.allow in your config.toml.' if keyed else "."
        ),
    )
