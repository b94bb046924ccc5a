"""Which models go first where a task's role is not all that matters, and which tasks may go to another role:
the rows of `policy.toml`. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from string import Template
from typing import Any, Literal, TypeAlias, get_args

from counterpoint.models import Model, price_of

_ANY = 1 << 60
Preference: TypeAlias = Literal["level-price", "retrieval"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A row. `tasks` empty means all tasks; it fits above so many tokens to be sent."""

    name: str
    prefer: Preference
    reason: str
    tasks: frozenset[str] = frozenset()
    above_tokens: int = 0

    def fits(self, task: str, tokens: int) -> bool:
        return tokens > self.above_tokens and (not self.tasks or task in self.tasks)


@dataclass(frozen=True, slots=True)
class Routine:
    """Tasks that may go to the role "value" where it was measured to be as good: each model had `fewest` of
    them, and at the worst end of the interval `margin` less of its share was kept."""

    tasks: frozenset[str]
    fewest: int
    margin: float
    most_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Escalation:
    """Tasks that are asked once more, in another role, where the answer cannot be used."""

    tasks: frozenset[str]
    role: Literal["fast", "deep", "value"]
    effort: str
    reason: str


@lru_cache(maxsize=1)
def _rows() -> dict[str, Any]:
    found = tomllib.loads((files("counterpoint") / "policy.toml").read_text("utf-8"))
    return {
        kind: [{**row, "tasks": frozenset(row.get("tasks", ()))} for row in rows]
        for kind, rows in found.items()
    }


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """The shipped rules, in their order."""
    rows = _rows()["rule"]
    assert all(row["prefer"] in get_args(Preference) for row in rows), rows
    return tuple(Rule(**row) for row in rows)


@lru_cache(maxsize=1)
def routines() -> tuple[Routine, ...]:
    """The shipped rows of routine tasks; a task stands in one at most."""
    return tuple(Routine(**row) for row in _rows()["routine"])


@lru_cache(maxsize=1)
def escalations() -> tuple[Escalation, ...]:
    """The shipped rows of what is asked once more; a task stands in one at most."""
    return tuple(Escalation(**row) for row in _rows()["escalation"])


@lru_cache(maxsize=1)
def tried() -> frozenset[str]:
    """The tasks of which a trial puts a share to another model."""
    return frozenset().union(*(row["tasks"] for row in _rows()["trial"]))


def routine(task: str, tokens: int = 0) -> Routine | None:
    """The row of a routine task of so many tokens; None for one that is none."""
    found = next((one for one in routines() if task in one.tasks), None)
    return None if found and found.most_tokens and tokens > found.most_tokens else found


@lru_cache(maxsize=64)
def least_tokens(task: str) -> int:
    """Up to so many tokens no row that asks for a size makes a difference for a task."""
    sizes = [rule.above_tokens for rule in rules() if not rule.tasks or task in rule.tasks]
    found = routine(task)
    return min([*sizes, *([found.most_tokens] if found and found.most_tokens else []), _ANY])


def ordered(task: str, tokens: int, models: Sequence[Model]) -> tuple[tuple[Model, str], ...]:
    """The models as the policy orders them, each with the reason where a rule put it first, else ""."""
    found = [(model, "") for model in models]
    for rule in rules():
        if rule.fits(task, tokens):
            found = _preferring(rule, tokens, found)
    return tuple(found)


def _preferring(rule: Rule, tokens: int, models: list[tuple[Model, str]]) -> list[tuple[Model, str]]:
    """Sorted by the rule, stable. It gives no reason where all are alike, or nothing changes places."""

    def key(one: Model) -> float:
        return _steps(one, tokens) if rule.prefer == "level-price" else -one.retrieval_at_1m

    made = sorted(models, key=lambda one: key(one[0]))
    if [one for one, _ in made] == [one for one, _ in models] and len({key(one) for one, _ in models}) < 2:
        return models
    first = made[0][0]
    known = [f"{one.label} {one.retrieval_at_1m:.0%}" for one, _ in made[1:] if one.retrieval_at_1m]
    others = f" ({', '.join(known)})" if known else ""
    share = f"{first.retrieval_at_1m:.0%}"
    reason = Template(rule.reason).substitute(label=first.label, share=share, others=others)
    return [(model, reason if at == 0 else why) for at, (model, why) in enumerate(made)]


def _steps(model: Model, tokens: int) -> bool:
    """Whether so many tokens are past a step at which the model's price rises."""
    low, here = price_of(model, 0), price_of(model, tokens)
    return (here.input, here.output) > (low.input, low.output)
