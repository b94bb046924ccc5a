"""What a reviewer is told of the files he is shown: true of their lines, in names of the project."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from counterpoint.context.extract import facts_of
from counterpoint.context.question import Question
from counterpoint.context.reviewing_reasons import telling
from counterpoint.context.select import select
from counterpoint.context.symbols import Held
from counterpoint.history import Commit, History

STORE = """
class Store:
    def open(self, path_name):
        size = float(len(path_name))
        return self.read_block(size)

    def __len__(self):
        return 0

    def read_block(self, size):
        return Pool.take_block(size)


def hc(value):
    return value
"""


def whys(files: Mapping[str, str], together: Mapping[str, int] | None = None) -> dict[str, str]:
    """Of each other file the reason of its first piece, the whole of `store.py` being the change."""
    held = Held(
        (facts_of(path, "python", text.encode()), text.split("\n"))
        for path, text in {"store.py": STORE, **files}.items()
    )
    question = Question(
        "review",
        "store.py",
        "python",
        STORE,
        hunks=((0, STORE.count("\n")),),
        history=dict.fromkeys(together or {}, 0.3),
        together=together or {},
    )
    found: dict[str, str] = {}
    for one in select(question, held).snippets:
        found.setdefault(one.path, one.why)
    return found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("def run(store):\n    return store.read_block(3)\n", "calls read_block"),
        ("from store import hc\n\n\ndef run():\n    return hc(3)\n", "calls hc"),
        ("class Pool:\n    def take_block(self):\n        return 1\n", "defines Pool"),
        ("class Other:\n    def read_block(self):\n        return 1\n", "also defines read_block"),
        ("def run(pool):\n    return pool.take_block(1)\n", "also calls take_block"),
        ("READERS = {'read_block': 1}\n", "uses read_block"),
        ("from store import hc\n", "imports hc"),
    ],
)
def test_the_strongest_thing_that_the_lines_say_is_told(text: str, why: str) -> None:
    assert whys({"other.py": text})["other.py"] == why


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("def run():\n    return open('a')\n", id="the built-in of a method's name"),
        pytest.param("def run(file):\n    return file.open()\n", id="another type's method"),
        pytest.param("class Bag:\n    def __len__(self):\n        return 1\n", id="what all classes have"),
        pytest.param("def run(x):\n    return float(x)\n", id="a built-in type"),
        pytest.param("def run(size):\n    return size\n", id="a variable inside of a function"),
    ],
)
def test_words_that_are_everywhere_are_no_reason(text: str) -> None:
    assert whys({"other.py": text})["other.py"] == "shares words with the change"


def test_a_method_with_a_name_of_every_day_is_told_where_its_type_is_named() -> None:
    text = "from store import Store\n\n\ndef run():\n    return Store().open('a')\n"
    assert "calls" in whys({"other.py": text})["other.py"]


def test_commits_are_counted() -> None:
    told = whys({"other.py": "def run():\n    return 1\n", "b.py": "X = 2\n"}, {"other.py": 12, "b.py": 1})
    assert told["other.py"] == "changed together with store.py in 12 commits"
    assert told["b.py"] == "changed together with store.py in 1 commit"


def test_files_that_only_changed_lately_are_not_said_to_have_changed_together() -> None:
    past = History(
        (Commit(20, 2, ("a.py", "b.py")), Commit(10, 2, ("b.py", "c.py")), Commit(5, 1, ("d.py",)))
    )
    assert past.commits_with("a.py") == {"b.py": 1}
    assert past.with_path("a.py").keys() > {"b.py", "d.py"}


@pytest.mark.parametrize("word", ["float", "byte", "the", "w", "__init__", "self", "len"])
def test_words_of_the_language_tell_nothing(word: str) -> None:
    assert not telling(word)
