"""What one model row can and another cannot, and what happens instead. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from counterpoint.comparing.replaying import MINUTES, lifetime
from counterpoint.models import Model

Kind: TypeAlias = Literal["lost", "gained", "differs"]
_OLD_DAYS = 120
_LOST: tuple[tuple[str, str, str], ...] = (
    (
        "schema",
        "answers held to a schema",
        "The form is asked for in words; an answer out of form is refused.",
    ),
    ("verbosity", "a setting for short answers", "Only the prompt asks for brevity: answers may be longer."),
    (
        "cache-key",
        "requests grouped by cache key",
        "The vendor alone decides which machine has what is cached.",
    ),
    ("breakpoints", "marks where cached prefixes end", "The vendor caches whatever prefix it finds."),
    ("thinking", "thinking in its own blocks", "It thinks as its effort says, or not at all."),
    (
        "count",
        "counting tokens before a call",
        "Tokens are estimated from characters and what calls reported.",
    ),
    ("stream", "answers as they are written", "Nothing is shown before an answer is whole."),
)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is not as it was: what, and what happens instead."""

    kind: Kind
    what: str
    then: str


def changes(
    old: Model, new: Model, today: date, efforts: Sequence[tuple[str, str, str]]
) -> tuple[Change, ...]:
    """Everything in the rows that matters. `efforts` are tasks with the effort each model would think at."""
    found = [Change("lost", what, then) for name, what, then in _LOST if old.can(name) and not new.can(name)]
    found += [Change("gained", what, "") for name, what, _ in _LOST if new.can(name) and not old.can(name)]
    found += _limits(old, new)
    found += _caches(old, new)
    for task, before, after in efforts:
        if before != after:
            was, now = (f"at effort {effort}" if effort else "without one" for effort in (before, after))
            then = f"{old.label} is asked {was}, {new.label} {now}."
            found.append(Change("differs", f"effort of {task}", then))
    if new.can("asks-first") and not old.can("asks-first"):
        found.append(
            Change(
                "differs", "agreement to its price", "Each question to it asks first, or takes --max-cost."
            )
        )
    if (days := (today - new.as_of).days) > _OLD_DAYS:
        found.append(Change("differs", "age of its row", f"Its prices are {days} days old: check them."))
    return tuple(found)


def _limits(old: Model, new: Model) -> list[Change]:
    found = []
    for what, before, after, then in (
        ("window", old.max_input_tokens, new.max_input_tokens, "Longer prompts are refused, or cut to fit."),
        ("longest answer", old.max_output_tokens, new.max_output_tokens, "Longer answers are cut off."),
    ):
        if before != after:
            said = f"{before:,} tokens before, {after:,} now."
            kind: Kind = "lost" if after < before else "gained"
            found.append(Change(kind, what, f"{said} {then}" if after < before else said))
    steps = [{row.above_input_tokens for row in one.prices if row.above_input_tokens} for one in (old, new)]
    if steps[0] != steps[1]:
        found.append(Change("differs", "price steps", f"Before {_steps(steps[0])}, now {_steps(steps[1])}."))
    if new.retrieval_at_1m < old.retrieval_at_1m:
        then = (
            f"Published: {new.retrieval_at_1m:.0%}, {old.label} {old.retrieval_at_1m:.0%}."
            if new.retrieval_at_1m
            else f"Nothing is published; {old.label} finds {old.retrieval_at_1m:.0%} of what is hidden."
        )
        found.append(Change("lost", "finding things in a million tokens", then))
    return found


def _steps(steps: set[int]) -> str:
    return f"above {' and '.join(f'{one:,}' for one in sorted(steps))} tokens" if steps else "none"


def _caches(old: Model, new: Model) -> list[Change]:
    found = []
    if lifetime(old) != lifetime(new):
        said = "five minutes after its last use" if lifetime(new) == MINUTES else "up to a day"
        kind: Kind = "lost" if lifetime(new) < lifetime(old) else "gained"
        found.append(Change(kind, "how long caches last", f"A prefix stays for {said}."))
    before, after = (next(row for row in one.prices if not row.above_input_tokens) for one in (old, new))
    if bool(before.write_5m) != bool(after.write_5m):
        said = (
            f"Writing costs ${after.write_5m:g} a million tokens, against ${after.input:g} for plain input."
            if after.write_5m
            else "Writing to the cache costs nothing more."
        )
        found.append(Change("differs", "price of filling a cache", said))
    if after.cached >= after.input > 0:
        found.append(
            Change("lost", "cheaper cached input", "What comes from a cache costs as much as what does not.")
        )
    if new.cache_min_tokens != old.cache_min_tokens:
        said = (
            f"Prefixes from {new.cache_min_tokens:,} tokens on are cached, before {old.cache_min_tokens:,}."
        )
        kind = "lost" if new.cache_min_tokens > old.cache_min_tokens else "gained"
        found.append(Change(kind, "shortest prefix that is cached", said))
    return found
