"""What a file says of itself, in every language of the index: pages of sources, and broken texts."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from counterpoint.context.extract import extract, facts_of, row_of
from counterpoint.context.extract_gather import rules
from counterpoint.context.facts import Definition, Facts
from counterpoint.context.languages import GRAMMARS
from counterpoint.context.parsing import parse
from counterpoint.context.rows import called_of, definitions_of, from_row, to_row
from tests.extractpages import CASES, read, said

PAGES = sorted(CASES.glob("*.md"))
WHOLE = {"function", "class", "assign", "type", "import"}
INDEXED = sorted(name for name, row in GRAMMARS.items() if row.indexed)


def source_of(page: Path) -> bytes:
    return read(page)["source"].encode()


def named(facts: Facts, name: str) -> Definition:
    found = [one for one in facts.definitions if one.name == name]
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


def python(text: str) -> Facts:
    return facts_of("a.py", "python", text.encode())


def test_every_indexed_language_has_a_page() -> None:
    assert [page.stem for page in PAGES] == INDEXED


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page: Path) -> None:
    blocks = read(page)
    wanted = {name: text for name, text in blocks.items() if name != "source"}
    assert said(facts_of(page.stem, page.stem, blocks["source"].encode())) == wanted


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_name_stands_in_its_line_and_a_definition_in_its_file(page: Path) -> None:
    data = source_of(page)
    facts = facts_of(page.stem, page.stem, data)
    lines = data.decode().splitlines()
    assert facts.lines == len(lines)
    for one in facts.definitions:
        assert one.name in lines[one.name_line]
        assert 0 <= one.first_line <= one.name_line <= one.signature_line <= one.last_line < facts.lines
    for name, line, _ in facts.calls:
        assert name in lines[line]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_row_keeps_everything(page: Path) -> None:
    parsed = parse(page.stem, source_of(page))
    row = row_of("a", parsed)
    facts = extract("a", parsed)
    assert from_row(row, facts.calls if page.stem == "python" else None) == facts
    assert from_row(to_row(facts)) == facts
    assert definitions_of(row.definitions) == facts.definitions
    assert called_of(row.calls) == {call.name for call in facts.calls}


@pytest.mark.parametrize("language", INDEXED)
def test_every_pattern_says_what_it_describes(language: str) -> None:
    query, kinds, whole = rules(language)
    assert len(kinds) == query.pattern_count
    captured = {query.capture_name(number) for number in range(query.capture_count)}
    assert captured <= (WHOLE if whole else set("abcdeimnopqrtvx"))


def broken(data: bytes, chance: random.Random) -> bytes:
    """The bytes with a piece gone, doubled, moved or replaced."""
    pieces = [
        b"{",
        b"}",
        b"(",
        b")",
        b'"',
        b"'",
        b"\n",
        b"\\",
        b"<",
        b"class ",
        b"\xff\xfe",
        b"\x00",
        b"\t",
        b"`",
    ]
    for _ in range(chance.randint(1, 4)):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.choice([0, 1, 5, 60]))
        data = data[:start] + chance.choice([b"", data[start:end] * 2, chance.choice(pieces)]) + data[end:]
    return data if chance.random() < 0.7 else data[: chance.randrange(len(data) + 1)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_broken_texts_never_raise_and_stay_in_bounds(page: Path) -> None:
    chance, data = random.Random(20), source_of(page)
    for _ in range(60):
        text = broken(data, chance)
        row = row_of("a", parse(page.stem, text))
        facts = from_row(row)
        for one in facts.definitions:
            assert (
                0
                <= one.first_line
                <= one.name_line
                <= one.signature_line
                <= max(one.last_line, one.name_line)
            )
            assert one.last_line <= text.count(b"\n")
            assert len(one.type) <= 120
        assert from_row(to_row(facts)).definitions == facts.definitions


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_most_of_a_file_survives_one_open_bracket(page: Path) -> None:
    data = source_of(page)
    whole = {one.name for one in facts_of("a", page.stem, data).definitions}
    cut = {one.name for one in facts_of("a", page.stem, data + b"\n((").definitions}
    assert len(whole & cut) >= len(whole) * 0.6


@pytest.mark.parametrize("language", INDEXED)
@pytest.mark.parametrize(
    "data", [b"", b"\n", b"\x00" * 40, b"\xff" * 40, b"\xed\xa0\x80 x", b"a", b"{" * 3000]
)
def test_texts_that_are_no_source(language: str, data: bytes) -> None:
    facts = facts_of("a", language, data)
    assert facts.lines == data.count(b"\n") + (not data.endswith(b"\n") and data != b"")
    assert all(one.last_line < facts.lines for one in facts.definitions)


@pytest.mark.parametrize(
    ("language", "opening", "closing"),
    [
        ("python", "f(", ")"),
        ("typescript", "() => {", "}"),
        ("rust", "mod m {", "}"),
        ("cpp", "namespace n {", "}"),
    ],
)
def test_deep_nesting_is_no_recursion(language: str, opening: str, closing: str) -> None:
    depth = 3000
    facts = facts_of("a", language, (opening * depth + closing * depth).encode())
    assert facts.lines == 1


def test_one_minified_line_is_bounded() -> None:
    chain = b"a" + b".step(1)" * 4000
    text = b"var x=1;" + chain + b";function f(){return new Foo()}" * 2000
    row = row_of("a.min.js", parse("javascript", text))
    assert max(map(len, row.calls.split("\n"))) < 30_000
    assert len(row.calls) < 2_000_000
    assert row.words["step"] == 4000


def test_a_long_word_is_data() -> None:
    facts = python(f"key = '{'a' * 500}'\nname_9 = 9\n")
    assert dict(facts.words) == {"key": 1, "name_9": 1}


def test_words_count_comments_and_strings() -> None:
    assert dict(python("# total of total\nx = 'total é'\n").words) == {"total": 3, "of": 1, "x": 1, "é": 1}


def test_locals_are_no_definitions_and_hidden_functions_are_not_exported() -> None:
    facts = python("def f():\n    a = 1\n    def g():\n        b = 2\n    class C:\n        c = 3\n")
    assert [(one.name, one.exported) for one in facts.definitions] == [
        ("f", True),
        ("g", False),
        ("C", False),
        ("c", False),
    ]


def test_a_field_set_in_methods_takes_its_type_from_where_it_has_one() -> None:
    facts = python(
        "class A:\n    def a(self):\n        self.x = None\n    def b(self):\n        self.x = Foo(1)\n"
    )
    field = named(facts, "x")
    assert (field.name_line, field.type, field.owner) == (2, "Foo", "A")


def test_a_declared_field_wins_over_one_that_is_set() -> None:
    facts = python("class A:\n    x: int\n    def f(self):\n        self.x = Foo()\n")
    assert (named(facts, "x").name_line, named(facts, "x").type) == (1, "int")


def test_decorators_are_no_part_of_a_signature() -> None:
    facts = python("@a\n@b(\n  1,\n)\ndef f(\n    x,\n):\n    pass\n")
    assert named(facts, "f")[2:6] == (4, 7, 4, 6)


def test_a_type_is_one_line_of_at_most_120_characters() -> None:
    facts = python(f"x: dict[\n    str,\n    int,\n] = {{}}\ny: {'A' * 300} = 1\n")
    assert named(facts, "x").type == "dict[ str, int, ]"
    assert named(facts, "y").type == "A" * 120


def test_a_receiver_is_at_most_80_characters_and_the_last_ones() -> None:
    facts = python("a." + "b" * 200 + ".c.call()\n")
    [call] = facts.calls
    assert call.name == "call"
    assert len(call.receiver) == 80
    assert call.receiver.endswith("b.c")


def test_a_call_stands_where_its_name_does() -> None:
    facts = python("(session\n    .query(User)\n    .filter(1))\n")
    assert [(call.name, call.line) for call in facts.calls] == [("query", 1), ("filter", 2)]


def test_ordinary_words_of_english_are_no_tables_or_routes() -> None:
    prose = '"""Select a thing from the list, insert into it."""'
    facts = python(f'{prose}\nrouter.load("/etc/passwd")\nopen("/tmp/a")\n')
    assert facts.shared == ()


def test_generics_are_no_part_of_a_called_name() -> None:
    facts = facts_of("a.ts", "typescript", b"new Map<string, Array<X<Y>>>(); new a.B<C>();")
    assert [(call.name, call.receiver) for call in facts.calls] == [("Map", ""), ("B", "a")]


def test_a_language_without_grammar_or_query_is_an_error() -> None:
    with pytest.raises(KeyError):
        facts_of("a", "cobol", b"x")


def test_a_qualified_name_may_go_over_lines() -> None:
    facts = facts_of("a.cpp", "cpp", b"int shop\n::Store<int, A>\n::find(int key) { return 1; }\n")
    assert [(one.owner, one.name, one.name_line) for one in facts.definitions] == [("Store", "find", 2)]
