"""What one question leaves for the next: it changes how soon an answer comes, never the answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import log

import pytest

from counterpoint.context.completing_buffer import buffer_of, read_buffer
from counterpoint.context.completing_pool import shared_words
from counterpoint.context.completing_standpoint import standpoint_of
from counterpoint.context.extract import facts_of
from counterpoint.context.lexicon import lexicon_of
from counterpoint.context.outline import Outline
from counterpoint.context.question import Question
from counterpoint.context.select import select
from counterpoint.context.symbols import Held, Notes, Over
from counterpoint.index.caches import Recent
from counterpoint.index.found import Lines
from counterpoint.text import language_of
from tests.unit.test_completing import asked, held

SHOP = """class Basket:
    def total(self) -> int:
        return 0


def open_till() -> Basket:
    return Basket()


def pay(amount):
    return open_till().total()
"""
MAIN = """from shop import Basket, open_till


def close():
    basket = Basket()
    ║
    print(basket)


def other():
    till = open_till()
    return till
"""


def typed(keys: str) -> Question:
    return asked("main.py", MAIN.replace("║", keys + "║"))[1]


def over_shop(question: Question) -> Held:
    return held({"main.py": question.text, "shop.py": SHOP})


@pytest.mark.parametrize("language", ["python", "typescript"])
def test_keys_on_a_line_are_answered_as_if_each_came_first(language: str) -> None:
    first = typed("")
    symbols = over_shop(first)
    for keys in ("", "b", "basket", "basket.", "basket.to", "x = open_till", "x = open_till()", "# '''", "'"):
        question = replace(typed(keys), language=language)
        assert select(question, symbols) == select(question, over_shop(first))


def test_another_line_or_another_text_round_the_line_is_looked_at_anew() -> None:
    symbols = over_shop(typed(""))
    answers = []
    for question in (
        typed("x"),
        replace(typed("x"), line=10),
        replace(typed("x"), text=typed("x").text.replace("open_till", "close_till")),
        replace(typed("x"), budget_tokens=20),
    ):
        answers.append(select(question, symbols))
        assert answers[-1] == select(question, over_shop(typed("")))
    assert answers[0] != answers[3]


def test_what_changed_in_a_document_is_seen_at_the_next_key() -> None:
    question = typed("basket.")
    base = over_shop(question)
    assert "discount" not in str(select(question, base))
    text = SHOP.replace("def pay(", "def open_discount() -> Basket: ...\n\n\ndef pay(").replace(
        "total", "discount"
    )
    top = Held([(facts_of("shop.py", "python", text.encode()), text.split("\n"))])
    after = select(question, Over(top, base))
    assert "discount" in str(after)
    assert select(question, base) == select(question, over_shop(question))


def test_lines_that_changed_on_disk_are_never_sent_as_they_were() -> None:
    question = typed("basket.")
    files = {"main.py": question.text, "shop.py": SHOP}
    lines = {path: text.split("\n") for path, text in files.items()}
    symbols = Held((facts_of(path, language_of(path), files[path].encode()), lines[path]) for path in files)
    select(question, symbols)
    lines["shop.py"][1] = "    def total(self) -> str:"
    assert "-> str" in str(select(typed("basket.t"), symbols))


def test_the_lines_round_the_cursor_are_read_once_while_one_is_written() -> None:
    notes, facts = Notes(), facts_of("main.py", "python", typed("").text.encode())
    first = buffer_of(typed("x"), facts, notes)
    second = buffer_of(typed("xy = 1"), facts, notes)
    assert second.counts is first.counts
    assert second.lines[5] == "    xy = 1" and first.lines[5] == "    x"
    assert second == read_buffer(typed("xy = 1"), facts)
    assert buffer_of(typed('"""'), facts, notes).counts is not first.counts
    assert buffer_of(typed("x"), facts_of("main.py", "python", b""), notes).counts is not first.counts


def test_notes_are_few_of_each_kind_and_good_for_their_mark_only() -> None:
    notes = Notes()
    notes.put("kind", "a", 1, "x")
    assert notes.get("kind", "a", 1) == "x"
    assert notes.get("kind", "a", 2) is None
    assert notes.get("kind", "b", 1) is None
    assert notes.get("other", "a", 1) is None
    for number in range(100):
        notes.get("kind", "a", 1)
        notes.put("kind", number, 0, number)
        notes.put("other", number, 0, -number)
    assert notes.get("kind", "a", 1) == "x" and notes.get("kind", 99, 0) == 99
    assert notes.get("kind", 5, 0) is None and notes.get("other", 99, 0) == -99
    notes.put("kind", "b", 1, "y", 2)
    assert notes.get("kind", 99, 0) == 99 and notes.get("kind", "a", 1) is None


@pytest.mark.parametrize("often", [1, 3, 5])
def test_words_that_so_many_files_share_come_first_from_most_of_them(often: int) -> None:
    files = [frozenset(f"word{n}" for n in range(60) if n % (one + 2) < 2) for one in range(6)]
    notes = Notes()
    for near in (files, files[:5], [*files[:5], files[4]]):
        times = Counter(word for words in near for word in words)
        enough = [word for word in times if times[word] >= often]
        assert enough
        assert shared_words(notes, near, often) == sorted(enough, key=lambda word: (-times[word], word))
    assert shared_words(notes, files[::-1], often) is shared_words(notes, files, often)
    assert shared_words(notes, files[:5], 6) == []


def test_where_a_file_stands_is_known_while_its_imports_and_the_saved_files_stay() -> None:
    question = typed("")
    base = over_shop(question)
    facts = base.facts("main.py")
    first = standpoint_of("main.py", "python", facts, base)
    assert standpoint_of("main.py", "python", facts, base) is first
    top = Held([(facts_of("util.py", "python", b"def new(): ...\n"), ["def new(): ..."])])
    unsaved = Over(top, base)
    assert standpoint_of("main.py", "python", facts, unsaved) is first
    assert first.exactly(unsaved) == {"shop.py"}
    moved = facts_of("main.py", "python", b"from util import new\n")
    assert standpoint_of("main.py", "python", moved, unsaved).exactly(unsaved) == {"util.py"}


def test_an_outline_says_who_calls_what() -> None:
    facts = facts_of("shop.py", "python", SHOP.encode())
    outline = Outline(facts)
    names = [one.name for one in outline.functions]
    assert names == ["total", "open_till", "pay"]
    assert [names[at] for at in outline.callers["open_till"]] == ["pay"]
    assert list(outline.called_in(0, 7)) == ["Basket"]
    assert [facts.definitions[at].name for at in outline.members["Basket"]] == ["total"]
    assert outline.plain_members["Basket"] == tuple(
        (at, facts.definitions[at]) for at in outline.members["Basket"]
    )
    assert [one.name for _, one in outline.top] == ["Basket", "open_till", "pay"]


@pytest.mark.parametrize("text", ["", "\n", "a", "a\n", "a\n\nb", "\n\n", "é\nbb\n\n"])
def test_lines_of_a_text_are_those_of_a_list(text: str) -> None:
    wanted = text.split("\n")
    wanted = wanted if wanted[-1] else wanted[:-1]
    lines = Lines(text)
    assert list(lines) == wanted == [lines[at] for at in range(len(lines))]
    assert len(lines) == len(wanted) and list(lines[1:3]) == wanted[1:3] and lines == wanted
    assert not wanted or lines[-1] == wanted[-1]
    with pytest.raises(IndexError):
        lines[len(wanted)]


def test_several_are_looked_up_at_once_and_count_as_used() -> None:
    recent: Recent[str, int] = Recent(40)
    for name in "abcd":
        recent.put(name, ord(name), 10)
    assert recent.several(["a", "x", "b"]) == {"a": ord("a"), "b": ord("b")}
    recent.put("e", 1, 10)
    recent.put("f", 1, 10)
    assert recent.several("abcdef").keys() == set("abef")


def test_a_lexicon_learns_each_name_once_and_says_how_common_it_is() -> None:
    body = (
        "class A:\n    total = 0\n\n    def __len__(self): ...\n\n\ndef total(): ...\n\n\ndef rare(): ...\n"
    )
    symbols = held({"a.py": body, "b.py": "def total(): ...\n\n\nprint(total, gone)\n"})
    lexicon = lexicon_of(symbols)
    lexicon.learn(["total", "rare", "gone", "nowhere", "__len__"], symbols)
    total = lexicon.names["total"]
    assert (total.defined, total.files) == (True, 2)
    assert total.fields == pytest.approx(log(3)) and total.others == pytest.approx(log(2)) == total.rivals
    assert lexicon.names["rare"].rivals == 0.0
    assert lexicon.names["gone"] == (False, 0.0, 0.0, 0.0, 1, log(2), False)
    assert lexicon.names["nowhere"].files == 0
    assert lexicon.names["__len__"].rivals > 4
    assert lexicon_of(symbols) is lexicon
    lexicon.learn(["total"], held({}))
    assert lexicon.names["total"] is total


def test_a_lexicon_says_what_is_the_name_of_a_type() -> None:
    symbols = held({"shop.py": SHOP, "other.py": "def Basket(): ...\n\n\nTill = 1\n"})
    lexicon = lexicon_of(symbols)
    lexicon.learn(["Basket", "pay", "Till"], symbols)
    assert [lexicon.names[name].type for name in ("Basket", "pay", "Till")] == [True, False, False]


def test_of_a_name_defined_everywhere_the_nearest_places_are_looked_at() -> None:
    files = {f"far/f{number:02}.py": "def run(): ...\n" for number in range(30)}
    files |= {"app/main.py": "from app.zed import run\n\n\nrun()\n", "app/zed.py": "def run(): ...\n"}
    question = Question("completion", "app/main.py", "python", files["app/main.py"], 3, 0)
    found = [one.path for one in select(question, held(files)).snippets]
    assert found[0] == "app/zed.py" and len(found) < 15
