"""What a rule is, and the rules that several wires share.

A rule looks at one ask and returns a Refusal or None. Tables of rules are tried in order; the first
refusal is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

from .catalog import ModelRow
from .prompts import Prompt
from .refusals import Refusal


@dataclass(frozen=True)
class Ask:
    """A request as rules see it: parsed JSON, the model's row, headers in lower case."""

    body: dict[str, Any]
    row: ModelRow
    headers: Mapping[str, str]
    read_prompt: Callable[[dict[str, Any], int], Prompt]

    @cached_property
    def prompt(self) -> Prompt:
        """Tokenized once, and only after the rules on shape have passed."""
        return self.read_prompt(self.body, self.row.width)


MALFORMED = "malformed"

Check: TypeAlias = Callable[[Ask], Refusal | None]


@dataclass(frozen=True, slots=True)
class Rule:
    name: str
    check: Check


def first_refusal(rules: tuple[Rule, ...], ask: Ask) -> Refusal | None:
    for rule in rules:
        try:
            refusal = rule.check(ask)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # A value of a type that no rule expects, where the vendors' own validation says 400 too.
            text = f"Invalid type somewhere in what '{rule.name}' looks at: {error}"
            return Refusal(text, code="invalid_type", rule=MALFORMED)
        if refusal is not None:
            return replace(refusal, rule=rule.name)
    return None


def dig(body: Any, path: str) -> Any:
    """The value at a dotted path, or None."""
    for name in path.split("."):
        if not isinstance(body, dict):
            return None
        body = body.get(name)
    return body


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def words(text: str) -> frozenset[str]:
    """The names in a text, for tables that would be hundreds of lines otherwise."""
    return frozenset(text.split())
