"""Makes the table of chances from commits typed again, and says how well it holds on other commits.

    python -m tests.bench.replay.fit REPOSITORY... [--others REPOSITORY...] [--commits 400] [--seed 1]

A model is asked at every key at which nothing is shown; what counts is whether its first line is then the one
typed. A logistic regression by plain gradient descent makes the weights; the share of pauses and the
characters kept are means. What nobody does in the replay (to reject, to take a part) is not fitted here.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from pathlib import Path

from counterpoint.inline.chance import ROWS, WEIGHTS, features
from counterpoint.inline.rhythm import Rhythm
from counterpoint.inline.when import Decision, Moment
from counterpoint.models import load_catalogue
from tests.bench.replay.__main__ import drawn
from tests.bench.replay.commits import Passage
from tests.bench.replay.hands import Key
from tests.bench.replay.model import first_line_right
from tests.bench.replay.policies import Rule
from tests.bench.replay.run import Typing
from tests.bench.replay.world import Tally, User, World

_PASSES, _RATE, _SHRINK = 12, 0.03, 1e-4


@dataclass(frozen=True, slots=True)
class Sample:
    """A place asked about: what holds there, whether the answer was right, how long it was, and whether the
    user paused there."""

    kind: str
    found: Mapping[str, float]
    right: bool
    characters: int
    thinking: bool


class _Asked(Typing):
    samples: list[Sample]

    def _begin(self, key: Key, now: float) -> None:
        super()._begin(key, now)
        call, true = self.live[-1], self.passage.text[key.typed :]
        right = not key.slip and first_line_right(call.text, true)
        size = (
            len(call.text) if true.startswith(call.text) else len(call.text.lstrip("\n").partition("\n")[0])
        )
        kind, found = features(self.moment)
        self.samples.append(Sample(kind, found, right and size >= 3, size, key.thinking))


def sampled(passages: Sequence[Passage], world: World) -> list[Sample]:
    """Samples of all passages, in order."""

    def choose(moment: Moment, rhythm: Rhythm, usd: float) -> Decision:
        return Decision(True, 0.0, 0.0, "fit")

    rule, user = Rule("every key", choose), User()
    found: list[Sample] = []
    for passage in passages:
        typing = _Asked(passage, rule, world, user, Tally())
        typing.samples = found
        typing.played()
    return found


def fitted(samples: Sequence[Sample], seed: int) -> dict[str, float]:
    """Weights by name; those of kinds are called `kind:...` and are centred, so that `base` is the mean."""
    weights: dict[str, float] = defaultdict(float)
    order, chance = list(range(len(samples))), random.Random(seed)
    for number in range(_PASSES):
        chance.shuffle(order)
        rate = _RATE / (1 + number / 3)
        for index in order:
            one = samples[index]
            kind = f"kind:{one.kind}"
            score = weights[kind] + sum(weights[name] * much for name, much in one.found.items())
            error = one.right - 1 / (1 + exp(-score))
            weights[kind] += rate * (error - _SHRINK * weights[kind])
            for name, much in one.found.items():
                weights[name] += rate * (error * much - _SHRINK * weights[name] * (name != "base"))
    counts: dict[str, int] = defaultdict(int)
    for one in samples:
        counts[f"kind:{one.kind}"] += 1
    mean = sum(weights[kind] * count for kind, count in counts.items()) / len(samples)
    weights["base"] += mean
    return {name: weight - (mean if name.startswith("kind:") else 0.0) for name, weight in weights.items()}


def judged(samples: Sequence[Sample], weights: Mapping[str, float]) -> str:
    """How well weights hold: log loss against that of the mean alone, area under the curve, ten deciles."""
    scored = sorted((_chance(one, weights), one.right) for one in samples)
    mean = sum(right for _, right in scored) / len(scored)
    loss = -sum(log(p if right else 1 - p) for p, right in scored) / len(scored)
    blind = -(mean * log(mean) + (1 - mean) * log(1 - mean))
    rights, ranks = 0, 0
    for rank, (_, right) in enumerate(scored, 1):
        rights += right
        ranks += rank * right
    area = (ranks - rights * (rights + 1) / 2) / (rights * (len(scored) - rights))
    tenth = len(scored) // 5
    bands = (scored[n * tenth : (n + 1) * tenth] for n in range(5))
    table = "  ".join(
        f"{sum(p for p, _ in band) / tenth:.2f}:{sum(right for _, right in band) / tenth:.2f}"
        for band in bands
    )
    return (
        f"{len(scored)} places, {mean:.3f} right; log loss {loss:.4f} (of the mean alone {blind:.4f}),"
        f" area under the curve {area:.3f}; said:was by fifths {table}"
    )


def _chance(one: Sample, weights: Mapping[str, float]) -> float:
    score = weights.get(f"kind:{one.kind}", 0.0)
    score += sum(weights.get(name, 0.0) * much for name, much in one.found.items())
    return 1 / (1 + exp(-score))


def shipped() -> dict[str, float]:
    """The table the product has, in the same form."""
    return {**WEIGHTS, **{f"kind:{kind}": row.weight for kind, row in ROWS.items()}}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.replay.fit")
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--others", nargs="*", type=Path, default=[])
    parser.add_argument("--commits", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    world = World(load_catalogue().model("gpt-5.5"), seed=given.seed, first_token=0.05)

    def of(paths: Sequence[Path]) -> list[Sample]:
        commits = drawn(paths, given.commits, given.seed)
        return sampled([passage for commit in commits for passage in commit], world)

    samples = of(given.repositories)
    weights = fitted(samples, given.seed)
    by_kind: dict[str, list[Sample]] = defaultdict(list)
    for one in samples:
        by_kind[one.kind].append(one)
    for kind in ROWS:
        rows = by_kind[kind]
        right = [one.characters for one in rows if one.right] or [0]
        pauses = sum(one.thinking for one in rows) / max(1, len(rows))
        weight = weights.get(f"kind:{kind}", 0.0)
        print(f'    "{kind}": Row({weight:.2f}, {pauses:.2f}, {sum(right) / len(right):.0f}),  # {len(rows)}')
    for name in WEIGHTS:
        print(f'    "{name}": {weights.get(name, 0.0):.2f},')
    print("fitted on these: ", judged(samples, weights))
    if given.others:
        others = of(given.others)
        print("fitted on others:", judged(others, weights))
        print("shipped on others:", judged(others, shipped()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
