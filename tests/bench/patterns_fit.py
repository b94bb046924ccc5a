"""Fits the weights of `patterns_weights` on real commits and prints that file.

    python -m tests.bench.patterns_fit REPOSITORY... [--commits 30] [--seed 1] [--lines 1500] [--rounds 6]

Each token the leading line says after what is typed is one sample, up to the first wrong one: was it right?
Each token the leading line says after what is typed is one sample, up to the first wrong one: is it right?
Report figures on other repositories than those given here.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from math import exp, sqrt
from pathlib import Path

from counterpoint.inline.patterns_siblings import Lines, Prefix, voices
from counterpoint.inline.patterns_sure import END, evidence, heard
from tests.bench.patterns import keys_of
from tests.bench.patterns_commits import Typed, commits, typed_in

_TOKENS = 16
_STEP = 0.1
_DECAY = 2e-5

Sample = tuple[list[float], bool]


def samples_of(typed: Typed) -> Iterator[tuple[dict[str, float], bool]]:
    """Evidence of each token that is said while a line is typed, and whether it was right."""
    for _, before, true in keys_of(typed):
        prefix = Prefix.of(before, typed.language)
        lines = Lines(typed.lines, typed.number, before)
        found = voices(lines, prefix)
        if not found:
            continue
        said = ""
        tokens = evidence(lines, prefix, heard(lines, prefix, found), typed.language)
        for _, (token, facts) in zip(range(_TOKENS), tokens, strict=False):
            said += token
            right = f"{true}{END}".startswith(said)
            yield facts, right
            if not right:
                break


def gathered(
    repositories: Sequence[Path], count: int, seed: int, most: int
) -> tuple[list[str], list[Sample]]:
    """Names of the evidence and all samples, with up to `most` lines of each repository."""
    names: list[str] = []
    found: list[Sample] = []
    for repository in repositories:
        left = most
        for commit in commits(repository, count, seed):
            for typed in typed_in(repository, commit):
                left -= 1
                if left < 0 or typed.before is not None:
                    continue
                for facts, right in samples_of(typed):
                    names = names or sorted(facts)
                    found.append(([float(facts[name]) for name in names], right))
    return names, found


def fitted(samples: list[Sample], rounds: int, seed: int) -> tuple[float, list[float]]:
    """Bias and weights."""
    width, count = len(samples[0][0]), len(samples)
    means = [sum(row[at] for row, _ in samples) / count for at in range(width)]
    spreads = [
        sqrt(sum((row[at] - means[at]) ** 2 for row, _ in samples) / count) or 1.0 for at in range(width)
    ]
    rows = [
        (
            [
                1.0,
                *((value - mean) / spread for value, mean, spread in zip(row, means, spreads, strict=True)),
            ],
            right,
        )
        for row, right in samples
    ]
    weights, past = [0.0] * (width + 1), [1e-8] * (width + 1)
    for turn in range(rounds):
        random.Random(f"{seed} {turn}").shuffle(rows)
        for row, right in rows:
            sure = sum(weight * value for weight, value in zip(weights, row, strict=True))
            error = 1 / (1 + exp(-max(-30.0, min(30.0, sure)))) - right
            for at, value in enumerate(row):
                slope = error * value + _DECAY * weights[at]
                past[at] += slope * slope
                weights[at] -= _STEP * slope / sqrt(past[at])
    raw = [weight / spread for weight, spread in zip(weights[1:], spreads, strict=True)]
    return weights[0] - sum(weight * mean for weight, mean in zip(raw, means, strict=True)), raw


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description="Weights for the patterns, from real commits.")
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--commits", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lines", type=int, default=1_500)
    parser.add_argument("--rounds", type=int, default=6)
    given = parser.parse_args()
    names, samples = gathered(given.repositories, given.commits, given.seed, given.lines)
    bias, weights = fitted(samples, given.rounds, given.seed)
    print('"""What each piece of evidence weighs, in log odds. Fitted; do not edit by hand."""')
    print(f"\nfrom __future__ import annotations\n\nBIAS = {bias:.3f}\nWEIGHTS: dict[str, float] = {{")
    for name, weight in zip(names, weights, strict=True):
        print(f'    "{name}": {weight:.3f},')
    print("}")


if __name__ == "__main__":
    main()
