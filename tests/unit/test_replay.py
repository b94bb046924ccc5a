"""The replay of commits: what it types, what its model knows, and a floor for our own modes."""

from __future__ import annotations

import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from counterpoint.models import load_catalogue
from tests.bench.replay.__main__ import played
from tests.bench.replay.commits import Passage, passages_of
from tests.bench.replay.hands import keys_of
from tests.bench.replay.model import Scripted, first_line_right
from tests.bench.replay.policies import EVERY_PAUSE, MODES
from tests.bench.replay.world import Tally, World

ROOT = Path(__file__).parents[2]
TEXT = "\n    total = count(items)\n    if total:\n        return total"
PASSAGE = Passage("c", "a.py", "python", "def load(items):\n    count(items)", TEXT, "\n\nx = 1\n")


def git(where: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(where), *who, *words], check=True, capture_output=True, timeout=30)


def test_a_commit_is_what_it_added_where_it_added_it(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    file = tmp_path / "a.py"
    for number, text in enumerate(
        ("a = 1\nb = 2\n", "a = 1\nnew = 3\nmore = 4\nb = 2\n", "a = 1\nnew = 3\nmore = 44 + 1\nb = 2\n")
    ):
        file.write_text(text)
        git(tmp_path, "add", "a.py")
        git(tmp_path, "commit", "-q", "-m", str(number))
    (changed,), (added,), (first,) = sorted(passages_of(tmp_path, 9, 1), key=lambda one: -len(one[0].before))
    assert (first.before, first.text) == ("", "a = 1\nb = 2")
    assert (added.before, added.text, added.after) == ("a = 1", "\nnew = 3\nmore = 4", "\nb = 2\n")
    assert (changed.before, changed.text, changed.after) == ("a = 1\nnew = 3\nmore = 4", "4 + 1", "\nb = 2\n")


def test_the_keys_type_the_passage_and_are_the_same_each_time() -> None:
    keys = keys_of(TEXT, "seed")
    assert keys == keys_of(TEXT, "seed") != keys_of(TEXT, "other")
    assert keys[-1].typed == len(TEXT)
    assert all(key.gap > 0 for key in keys)
    steps = [b.typed - a.typed for a, b in pairwise(keys)]
    assert set(steps) <= {-1, 0, 1, 5, 9}
    assert TEXT[: keys[0].typed] == "\n    "  # Enter brings the indentation along


@pytest.mark.parametrize("seed", range(20))
def test_the_model_writes_the_true_text_as_far_as_it_knows_it(seed: int) -> None:
    model = Scripted(PASSAGE, seed)
    right = [first_line_right(model.answer(at), TEXT[at:]) for at in range(len(TEXT))]
    assert right == [first_line_right(model.answer(at), TEXT[at:]) for at in range(len(TEXT))]
    for line in ("total = count(items)", "if total:", "return total"):
        start = TEXT.index(line)
        known = right[start : start + len(line)]
        assert known == sorted(known)  # once the rest of a line is known, it stays so


@pytest.mark.parametrize(
    ("text", "true", "right"),
    [
        ("b)", "b)\nc", True),
        ("b)", "b) + 1", False),
        ("b)\nwrong", "b)\nc", True),
        ("\n    b", "\n    b\nc", True),
        ("\n    b", "\n    bc", False),
        ("\n", "\nb", False),
        ("", "b", False),
    ],
)
def test_a_first_line_is_right_when_it_is_the_whole_of_the_line(text: str, true: str, right: bool) -> None:
    assert first_line_right(text, true) is right


@pytest.fixture(scope="module")
def tallies() -> dict[str, Tally]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    commits = passages_of(ROOT, 12, 3)
    if len(commits) < 12:
        pytest.skip("too few commits")
    passages = [passage for commit in commits for passage in commit][:50]
    world = World(load_catalogue().model("gpt-5.5"))
    return {rule.name: played(passages, rule, world) for rule in (*MODES, EVERY_PAUSE)}


def test_our_modes_keep_what_every_pause_would_for_a_quarter_of_its_price(
    tallies: dict[str, Tally],
) -> None:
    every = tallies[EVERY_PAUSE.name]
    for mode in ("balanced", "eager"):
        assert tallies[mode].kept >= 0.9 * every.kept
    assert tallies["balanced"].usd <= 0.25 * every.usd


def test_each_mode_keeps_to_its_allowance(tallies: dict[str, Tally]) -> None:
    for mode, most in (("calm", 0.10), ("balanced", 0.40), ("eager", 1.20)):
        assert 0.0 < 1000 * tallies[mode].usd / tallies[mode].keys <= 1.2 * most
    assert tallies["calm"].calls < tallies["balanced"].calls < tallies["eager"].calls
    assert tallies["calm"].kept < tallies["balanced"].kept < tallies["eager"].kept
