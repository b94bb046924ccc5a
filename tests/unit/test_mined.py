"""Questions out of small real git repositories: which commits make one, and what is asked and told."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from counterpoint.comparing.values import Case
from counterpoint.errors import UsageError
from counterpoint.flows.mined import Mined, cases_from_git
from counterpoint.project import Project
from tests.histories import (
    FIX,
    PRICES,
    PRICES_FIXED,
    PRICES_FIXED_TESTS,
    PRICES_TESTS,
    commit,
    git,
    repository,
    shop,
)

COMMENTED = PRICES.replace("found = 0", "found  =  0  # cents")
LONG = "\n\nROWS = [\n" + "    1,\n" * 120 + "]\n"
MANY = "\n\ndef test_all():\n" + "    assert Prices().total(['tea']) == 0\n" * 40


def mined(
    root: Path, task: str = "edit", count: int = 10, *, seed: int = 0, local: tuple[str, ...] = ()
) -> Mined:
    return cases_from_git(Project(root, max_file_bytes=100_000, local_only=local), task, count, seed=seed)


def only(root: Path, task: str = "edit") -> Case:
    (case,) = mined(root, task).cases
    return case


def left_out(root: Path, message: str, files: Mapping[str, str | None], task: str = "edit") -> str:
    """Why the last commit, made on top of a shop, makes no question."""
    repository(root)
    commit(root, "Add prices", {"prices.py": PRICES, "tests/test_prices.py": PRICES_TESTS})
    commit(root, message, files)
    found = mined(root, task)
    assert not found.cases and found.looked == 2
    return next(iter(found.left_out))


def test_a_commit_with_its_tests_becomes_a_question_about_the_code_before(tmp_path: Path) -> None:
    done = shop(tmp_path)
    case = only(tmp_path)
    assert (case.task, case.path, case.lines) == ("edit", "prices.py", None)
    assert case.instruction == (
        "Fix KeyError when the total is asked for names without a price\n\nUnknown names cost nothing.\n\n"
        "These tests are in place and have to pass: `tests/test_prices.py` lines 10-11."
    )
    assert case.pieces == (("tests/test_prices.py", 10, 11),)
    assert case.overlay == (("tests/test_prices.py", PRICES_FIXED_TESTS),)
    assert (case.where, case.change) == (git(tmp_path, "rev-parse", "HEAD^"), done)
    assert case.tests == ("tests/test_prices.py",)
    assert case.told.startswith(done[:10]) and "Fix KeyError" in case.told
    assert case.origin == "git" and not case.test_command


def test_a_fix_is_told_its_place(tmp_path: Path) -> None:
    shop(tmp_path)
    assert only(tmp_path, "fix").lines == (8, 12)


def test_a_review_is_shown_the_file_with_the_fault_and_knows_its_lines(tmp_path: Path) -> None:
    shop(tmp_path)
    case = only(tmp_path, "review")
    assert (case.path, case.lines, case.instruction) == ("prices.py", None, "")
    assert case.faults == (("prices.py", 11, 11),)


def test_a_completion_stands_where_a_block_began_that_the_commit_put_in(tmp_path: Path) -> None:
    shop(tmp_path)
    after = PRICES_FIXED.replace(
        "        self.rows[name] = price\n",
        "        self._refuse_negative(price)\n        self.rows[name] = price\n",
    )
    after += "\n    def _refuse_negative(self, price):\n        if price < 0:\n"
    after += "            raise ValueError(price)\n"
    tests = (
        PRICES_FIXED_TESTS
        + "\n\ndef test_negative():\n    with raises(ValueError):\n        Prices().add('tea', -1)\n"
    )
    done = commit(
        tmp_path,
        "Refuse a negative price with a ValueError before it enters the rows",
        {"prices.py": after, "tests/test_prices.py": tests},
    )
    (case,) = (one for one in mined(tmp_path, "complete").cases if one.change == done)
    ((path, text),) = case.overlay
    assert (path, case.lines, case.column, case.where) == ("prices.py", (6, 6), 9, done)
    assert case.expected == "self._refuse_negative(price)"
    assert text.split("\n")[5] == "        "
    assert text.replace("        \n", "        self._refuse_negative(price)\n", 1) == after


def test_tests_are_asked_for_the_code_as_it_became_without_those_that_came_along(tmp_path: Path) -> None:
    done = shop(tmp_path)
    case = only(tmp_path, "tests")
    assert (case.path, case.lines, case.change) == ("prices.py", (8, 12), done)
    assert case.overlay == (("prices.py", PRICES_FIXED),)
    assert case.where == git(tmp_path, "rev-parse", "HEAD^")
    assert case.instruction.startswith("They are to fail if this is undone: Fix KeyError")


def test_what_the_tests_fix_and_nobody_could_guess_is_told(tmp_path: Path) -> None:
    shop(tmp_path)
    after = PRICES_FIXED + (
        "\n    def cheapest(\n        self,\n        limit=None,\n    ):\n"
        '        if not self.rows:\n            raise LookupError("nothing on sale")\n'
        "        return min(self.rows, key=self.rows.get)\n"
    )
    tests = PRICES_FIXED_TESTS + (
        "\n\ndef test_cheapest():\n    prices = Prices()\n"
        '    with raises(LookupError, match="nothing on sale"):\n        prices.cheapest()\n'
    )
    message = (
        "Tell the name with the lowest of all prices\n\nA LookupError says that the shop has none on sale."
    )
    commit(tmp_path, message, {"prices.py": after, "tests/test_prices.py": tests})
    case = mined(tmp_path, "tests").cases[0]
    assert case.instruction == (
        f"They are to fail if this is undone: {message}\n\n"
        "Names that are relied on: `def cheapest(self, limit=None)`."
        " Texts that are relied on: `nothing on sale`."
    )


def test_a_text_that_is_filled_in_otherwise_is_told_and_so_are_names_that_others_give_a_meaning(
    tmp_path: Path,
) -> None:
    shop(tmp_path)
    after = PRICES_FIXED + (
        "\n    quiet = ()\n\n    def told(self, name):\n"
        "        return '' if name in self.quiet else f'Preis von {name}: {self.rows.get(name, 0)} Öre'\n"
    )
    tests = PRICES_FIXED_TESTS + (
        "\n\ndef test_told():\n    class Mine(Prices):\n        quiet = ('tea',)\n\n"
        "    assert Mine().told('tea') == ''\n    assert Mine().told('milk') == 'Preis von milk: 0 Öre'\n"
    )
    message = "Tell the price of a name in words, unless the name is one of the quiet ones of the prices"
    commit(tmp_path, message, {"prices.py": after, "tests/test_prices.py": tests})
    asked = mined(tmp_path, "tests").cases[0].instruction
    assert "`quiet = ()`" in asked and "`Preis von milk: 0 Öre`" in asked


@pytest.mark.parametrize(
    ("message", "files", "reason"),
    [
        (FIX, {"prices.py": PRICES_FIXED}, "no change of code together with its tests"),
        (FIX, {"tests/test_prices.py": PRICES_FIXED_TESTS}, "no change of code together with its tests"),
        ("Fix it", {"prices.py": PRICES_FIXED, "tests/test_prices.py": PRICES_FIXED_TESTS}, "too few words"),
        (
            "Fix the greeting of visitors when their language is unknown to the shop",
            {"prices.py": PRICES_FIXED, "tests/test_prices.py": PRICES_FIXED_TESTS},
            "does not speak of the code",
        ),
        (
            FIX,
            {"prices.py": COMMENTED, "tests/test_prices.py": PRICES_FIXED_TESTS},
            "form, comments",
        ),
        (
            FIX,
            {"prices.py": PRICES_FIXED, "tests/test_prices.py": PRICES_TESTS + "\n\nNAMES = ()\n"},
            "assert nothing new",
        ),
        (
            "Fix KeyError when the total is asked for names without a price of the shop",
            {"prices.py": PRICES_FIXED + LONG[:60], "tests/test_prices.py": PRICES_FIXED_TESTS},
            "more lines than its tests tell of",
        ),
        (
            FIX,
            {"prices.py": PRICES_FIXED + LONG, "tests/test_prices.py": PRICES_FIXED_TESTS},
            "too many lines",
        ),
        (
            FIX,
            {"prices.py": PRICES_FIXED, "tests/test_prices.py": PRICES_FIXED_TESTS, "go.mod": "module a\n"},
            "dependencies",
        ),
        (
            FIX,
            {"prices.py": None, "money.py": PRICES_FIXED, "tests/test_prices.py": PRICES_FIXED_TESTS},
            "go, move",
        ),
        (
            FIX,
            {"prices.py": PRICES_FIXED, "tests/test_prices.py": PRICES_FIXED_TESTS + MANY * 4},
            "too long to be shown",
        ),
    ],
)  # fmt: skip
def test_what_makes_no_question_is_left_out_with_the_reason(
    tmp_path: Path, message: str, files: dict[str, str | None], reason: str
) -> None:
    assert reason in left_out(tmp_path, message, files)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        (
            {"prices.py": PRICES_FIXED + LONG[:80], "tests/test_prices.py": PRICES_FIXED_TESTS},
            "more lines than its message tells of",
        ),
        (
            {"prices.py": PRICES_FIXED, "tests/test_prices.py": PRICES_FIXED_TESTS + MANY},
            "more than its message tells",
        ),
    ],
)
def test_a_message_tells_of_less_where_the_tests_are_not_shown(
    tmp_path: Path, files: dict[str, str | None], reason: str
) -> None:
    message = "Fix KeyError when the total is asked for names without a price of the shop"
    assert reason in left_out(tmp_path, message, files, "tests")


def test_a_merge_is_left_out(tmp_path: Path) -> None:
    shop(tmp_path)
    git(tmp_path, "checkout", "-q", "-b", "side", "HEAD^")
    commit(tmp_path, "Note", {"NOTE.md": "x\n"})
    git(tmp_path, "merge", "-q", "--no-ff", "-m", "Fix the total of names without a price for all", "main")
    assert [case.change for case in mined(tmp_path).cases] == [git(tmp_path, "rev-parse", "main")]


def test_what_may_not_be_sent_today_is_in_no_question_about_yesterday(tmp_path: Path) -> None:
    shop(tmp_path)
    assert mined(tmp_path, local=("prices.py",)).left_out == {
        "a file that may not be sent": 1,
        "the first commit": 1,
    }
    (tmp_path / ".counterpoint").mkdir()
    (tmp_path / ".counterpoint" / "ignore").write_text("prices.py\n")
    assert not mined(tmp_path).cases


@pytest.mark.parametrize("path", ["prices.py", "tests/test_prices.py"])
def test_what_may_not_be_sent_by_the_name_it_has_today_is_in_no_question_either(
    tmp_path: Path, path: str
) -> None:
    shop(tmp_path)
    assert mined(tmp_path).cases
    (tmp_path / "vault").mkdir()
    git(tmp_path, "mv", path, "vault/once.py")
    commit(tmp_path, "Move it", {})
    assert mined(tmp_path).cases
    held = {"a file that may not be sent": 1}
    assert mined(tmp_path, local=("vault/",)).left_out.items() >= held.items()
    (tmp_path / ".counterpoint").mkdir()
    (tmp_path / ".counterpoint" / "ignore").write_text("vault/\n")
    assert mined(tmp_path).left_out.items() >= held.items()
    git(tmp_path, "mv", "vault/once.py", "open.py")
    commit(tmp_path, "Move it on", {})
    assert mined(tmp_path).left_out.items() >= held.items()


def test_what_one_of_the_models_may_not_see_is_in_no_question_for_any(tmp_path: Path) -> None:
    shop(tmp_path)
    (tmp_path / "pay").mkdir()
    git(tmp_path, "mv", "prices.py", "pay/prices.py")
    commit(tmp_path, "Move it", {})
    project = Project(tmp_path)
    assert cases_from_git(project, "edit", 1).cases
    found = cases_from_git(project, "edit", 1, barred=lambda path: path if path.startswith("pay/") else None)
    assert not found.cases and found.left_out["a file that may not be sent"] == 1


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"prices.py": PRICES_FIXED + f'\nTOKEN = "ghp_{"a1B2c3D4e5" * 3}f6G7h8"\n'}, "looks like a secret"),
        ({"prices.py": "#!/usr/bin/env python3\n" + PRICES_FIXED}, "runs by itself"),
    ],
)
def test_a_commit_that_shows_a_secret_or_changes_what_runs_is_left_out(
    tmp_path: Path, files: dict[str, str], reason: str
) -> None:
    assert reason in left_out(tmp_path, FIX, {**files, "tests/test_prices.py": PRICES_FIXED_TESTS})


def test_the_same_seed_draws_the_same_cases_the_newest_first(tmp_path: Path) -> None:
    shop(tmp_path)
    text, tests = PRICES_FIXED, PRICES_FIXED_TESTS
    for number in range(12):
        text = text.replace("found = 0\n", f"found = 0\n        names = self.known_{number}(names)\n")
        text += f"\n    def known_{number}(self, names):\n"
        text += f"        return [name for name in names if name != '{number}']\n"
        tests += f"\n\ndef test_total_skips_{number}():\n    assert Prices().total(['{number}']) == 0\n"
        message = f"Leave the name {number} out of the total of prices when it is asked for"
        commit(tmp_path, message, {"prices.py": text, "tests/test_prices.py": tests})
    first, again = mined(tmp_path, count=4, seed=3), mined(tmp_path, count=4, seed=3)
    assert first.cases == again.cases and len(first.cases) == 4
    order = git(tmp_path, "log", "--format=%H").split("\n")
    places = [order.index(case.change) for case in first.cases]
    assert places == sorted(places) and max(places) < 12
    assert {case.name for case in mined(tmp_path, count=4, seed=4).cases} != {
        case.name for case in first.cases
    }


def test_a_folder_without_git_and_a_task_without_questions_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no git work tree"):
        mined(tmp_path)
    with pytest.raises(UsageError, match="edit, fix, review, complete, tests"):
        mined(tmp_path, "ask")
    repository(tmp_path)
    assert mined(tmp_path).cases == ()
