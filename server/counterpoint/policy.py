"""Which models go first where a task's role is not all that matters: the rows of `policy.toml`. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from string import Template
from typing import Literal, TypeAlias, get_args

from counterpoint.models import Model, price_of

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


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """The shipped rows, in their order."""
    text = (files("counterpoint") / "policy.toml").read_text("utf-8")
    found = []
    for row in tomllib.loads(text)["rule"]:
        assert row["prefer"] in get_args(Preference), row
        found.append(Rule(**{**row, "tasks": frozenset(row.get("tasks", ()))}))
    return tuple(found)


def least_tokens() -> int:
    """Below so many tokens no rule that asks for a size fits."""
    return min(rule.above_tokens for rule in rules())


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
    reason = Template(rule.reason).substitute(label=first.label, share=f"{first.retrieval_at_1m:.0%}")
    return [(model, reason if at == 0 else why) for at, (model, why) in enumerate(made)]


def _steps(model: Model, tokens: int) -> bool:
    """Whether so many tokens are past a step at which the model's price rises."""
    low, here = price_of(model, 0), price_of(model, tokens)
    return (here.input, here.output) > (low.input, low.output)
