"""Commits typed again key by key, with all policies in one run: USD, calls, kept characters, time saved.

    python -m tests.bench.replay REPOSITORY... [--commits 300] [--seed 1] [--first-token 0.5]

Repositories are paths of git repositories; the commits are drawn from all of them alike. Nothing here is
recorded from people: texts are real, the typing, the model and the user are scripted and seeded (`hands`,
`model`, `run`). Prices are those of the catalogue; each call is billed for its input, closed ones as well.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from counterpoint.models import load_catalogue
from tests.bench.replay import policies
from tests.bench.replay.commits import Passage, passages_of
from tests.bench.replay.policies import Rule
from tests.bench.replay.run import Typing
from tests.bench.replay.world import Tally, User, World


def played(passages: Sequence[Passage], rule: Rule, world: World) -> Tally:
    """All passages one after another, with one policy."""
    tally, user = Tally(), User()
    for passage in passages:
        Typing(passage, rule, world, user, tally).played()
    return tally


def drawn(repositories: Sequence[Path], commits: int, seed: int) -> list[list[Passage]]:
    """So many commits, from each repository alike."""
    share = -(-commits // len(repositories))
    return [one for path in repositories for one in passages_of(path, share, seed)][:commits]


HEAD: tuple[str, ...] = (
    "policy", "USD/1,000 keys", "calls/100 keys", "kept chars", "of every pause", "price of it",
    "saved s/1,000 chars", "shown", "right", "with no call", "exact of them", "tokens not shown", "cached",
)  # fmt: skip


def row(name: str, tally: Tally, base: Tally) -> tuple[str, ...]:
    shown, right = sum(tally.shown.values()), sum(tally.right.values())
    free, exact = tally.shown["pattern"], tally.exact["pattern"]
    return (
        name,
        f"{1000 * tally.usd / tally.keys:.3f}",
        f"{100 * tally.calls / tally.keys:.1f}",
        f"{tally.kept / tally.characters:.1%}",
        f"{tally.kept / max(1, base.kept):.1%}",
        f"{tally.usd / max(1e-9, base.usd):.2f}",
        f"{1000 * tally.saved / tally.characters:.1f}",
        str(shown),
        f"{right / max(1, shown):.2f}",
        f"{free / max(1, shown):.2f}",
        f"{exact / free:.2f}" if free else "-",
        f"{1 - tally.seen / max(1, tally.bought):.0%}",
        f"{tally.cached_tokens / max(1, tally.input_tokens):.0%}",
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.replay")
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--commits", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first-token", type=float, default=0.5)
    parser.add_argument("--policies", default="")
    given = parser.parse_args(arguments)
    world = World(load_catalogue().model("gpt-5.5"), seed=given.seed, first_token=given.first_token)
    commits = drawn(given.repositories, given.commits, given.seed)
    passages = [passage for commit in commits for passage in commit]
    size = sum(len(one.text) for one in passages)
    print(f"{len(commits)} commits, {len(passages)} passages, {size} characters")
    wanted = [rule for rule in policies.ALL if not given.policies or rule.name in given.policies.split(",")]
    base = played(passages, policies.EVERY_PAUSE, world)
    rows = [HEAD]
    for rule in wanted:
        tally = base if rule is policies.EVERY_PAUSE else played(passages, rule, world)
        rows.append(row(rule.name, tally, base))
    print("\n".join("| " + " | ".join(one) + " |" for one in rows[:1]))
    print("|" + " --- |" * len(HEAD))
    print("\n".join("| " + " | ".join(one) + " |" for one in rows[1:]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
