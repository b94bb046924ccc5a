"""Standing texts of prompts - shipped, of the repository, of its contributors - by what they cost. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from counterpoint.models import Model, price_of

Origin: TypeAlias = Literal["shipped", "pass", "task", "instructions"]
_MUCH = 0.1
"""The share of a prompt from which on a text is worth a look."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A text that goes out with every question of a task. `notices` say what is amiss with its wording."""

    name: str
    origin: Origin
    task: str
    text: str = field(repr=False)
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Weighed:
    """A standing text in both models' tokens, and as a share of the mean prompt of its task; `usd_per_1000`
    is what a thousand calls with the new model pay for it where no cache has it."""

    name: str
    origin: Origin
    task: str
    characters: int
    old: int
    new: int
    share_old: float
    share_new: float
    usd_per_1000: float
    advice: tuple[str, ...] = ()

    @property
    def growth(self) -> float:
        return self.new / self.old if self.old else 1.0


def weighed(
    texts: Sequence[tuple[Standing, int, int]],
    means: Mapping[str, tuple[float, float]],
    new: Model,
    usual: float,
) -> tuple[Weighed, ...]:
    """Texts with their tokens, the largest share first. `means` has the tokens of the mean prompt by task;
    `usual` is how much tokens of the repository's prompts grow."""
    found = [
        _weighed(one, old, grown, means.get(one.task, (0.0, 0.0)), new, usual) for one, old, grown in texts
    ]
    return tuple(sorted(found, key=lambda one: (-one.share_new, -one.new, one.name)))


def _weighed(
    one: Standing, old: int, grown: int, sizes: tuple[float, float], new: Model, usual: float
) -> Weighed:
    share_old, share_new = (
        min(1.0, tokens / size) if size else 0.0 for tokens, size in zip((old, grown), sizes, strict=True)
    )
    usd = grown * price_of(new, round(sizes[1])).input / 1_000
    advice = [*_advice(one, old, grown, share_new, usual), *one.notices]
    return Weighed(
        one.name, one.origin, one.task, len(one.text), old, grown, share_old, share_new, usd, tuple(advice)
    )


def _advice(one: Standing, old: int, new: int, share: float, usual: float) -> Iterable[str]:
    if one.origin == "shipped":
        return
    if share >= _MUCH:
        yield f"It is {share:.0%} of every {one.task}: leave out what the code shows by itself."
    if old and new / old > 1.1 * usual:
        yield (
            f"It grows {new / old:.2f}-fold where code grows {usual:.2f}-fold: tables, long names and scripts"
            " other than Latin weigh more with the new model."
        )
