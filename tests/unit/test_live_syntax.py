"""What is known of a cursor, from a whole tree, from a slice and from words alone."""

from __future__ import annotations

import random

import pytest

from counterpoint.context.languages import GRAMMARS
from counterpoint.context.lexing import chain_before, indented_scopes
from counterpoint.context.parsing import encoded, parse, with_line_feeds
from counterpoint.context.scopes import Point, Syntax, syntax_at
from counterpoint.context.slice import live_syntax, slice_round
from counterpoint.text import split_lines
from tests.bench.traces.__main__ import TYPED, file_of
from tests.unit.live_samples import SAMPLES


def _cursor(marked: str) -> tuple[str, int, int]:
    before, _, after = marked.partition("¦")
    return before + after, before.count("\n"), len(before) - before.rfind("\n") - 1


def _both(language: str, marked: str) -> tuple[Syntax, Syntax]:
    """What the whole tree and the slice say."""
    text, line, column = _cursor(marked)
    whole = syntax_at(parse(language, encoded(text)), line, column)
    return whole, live_syntax(language, split_lines(text), line, column)


def _names(syntax: Syntax) -> list[tuple[str, str]]:
    return [(scope.kind, scope.name) for scope in syntax.scopes]


PLACES = [
    ("python", "class A(B):\n    def f(self):\n        x = self.a.b¦\n", [("class", "A"), ("method", "f")]),
    ("python", "class A:\n    def f(self):\n        x = 1\n        ¦\n", [("class", "A"), ("method", "f")]),
    ("python", "class A:\n    def f(self):\n        x = 1\n    ¦\n", [("class", "A")]),
    ("python", "def f():\n    return 1\n\n¦\n", []),
    ("javascript", "class A {\n  f() {\n    x.y¦;\n  }\n}\n", [("class", "A"), ("method", "f")]),
    ("javascriptreact", "const A = () => {\n  return <b>{x¦}</b>;\n};\n", [("function", "A")]),
    ("typescript", "namespace N {\n  interface I { a: stri¦ng }\n}\n", [("module", "N"), ("interface", "I")]),
    ("typescript", "function f() {}¦\n", []),
    ("typescriptreact", "export const A = (p: P) => {\n  p.x¦;\n};\n", [("function", "A")]),
    ("go", "package a\n\nfunc (s *S) F() {\n\ts.x¦\n}\n", [("method", "F")]),
    ("rust", "impl A for B {\n    fn f(&self) { self.x¦; }\n}\n", [("type", "B"), ("method", "f")]),
    ("java", "class A {\n  A() { int x¦ = 1; }\n}\n", [("class", "A"), ("constructor", "A")]),
    ("c", "static int *f(int a) {\n  return p->q¦;\n}\n", [("function", "f")]),
    ("cpp", "namespace n {\nclass A { void f() { a::b¦; } };\n}\n",
     [("module", "n"), ("class", "A"), ("method", "f")]),
    ("csharp", "namespace N { class A { int F() { return x¦; } } }\n",
     [("module", "N"), ("class", "A"), ("method", "F")]),
    ("ruby", "class A\n  def f\n    x.y¦\n  end\nend\n", [("class", "A"), ("method", "f")]),
    ("php", "<?php\nclass A { function f() { $this->x¦; } }\n", [("class", "A"), ("method", "f")]),
    ("shellscript", "f() {\n  echo x¦\n}\n", [("function", "f")]),
    ("kotlin", "class A { fun f() { x.y¦ } }\n", [("class", "A"), ("method", "f")]),
    ("swift", "struct A { func f() { x.y¦ } }\n", [("class", "A"), ("method", "f")]),
    ("lua", "function f()\n  x.y¦()\nend\n", [("function", "f")]),
    ("scala", "object A { def f() = { x.y¦ } }\n", [("class", "A"), ("method", "f")]),
]  # fmt: skip


@pytest.mark.parametrize(("language", "marked", "scopes"), PLACES)
def test_scopes_of_every_language_from_tree_and_slice(
    language: str, marked: str, scopes: list[tuple[str, str]]
) -> None:
    whole, live = _both(language, marked)
    assert _names(whole) == scopes
    assert _names(live) == scopes
    assert (whole.source, live.source) == ("tree", "slice")


def test_every_grammar_has_a_place() -> None:
    assert {language for language, _, _ in PLACES} == set(GRAMMARS)


IMPORTS = [
    ("python", "import os\nfrom a import (\n    b,\n)\n¦\nx = 1\n", ((0, 0), (1, 3))),
    ("typescript", 'import { a } from "b";\n¦\n', ((0, 0),)),
    ("go", 'package a\n\nimport (\n\t"fmt"\n)\n¦\n', ((2, 4),)),
    ("rust", "use a::b;\nextern crate c;\n¦\n", ((0, 0), (1, 1))),
    ("java", "package a;\nimport a.b;\n¦\n", ((1, 1),)),
    ("c", "#include <a.h>\n¦\n", ((0, 0),)),
    ("ruby", 'require "a"\nputs "b"\n¦\n', ((0, 0),)),
    ("lua", 'local x = require "a"\nlocal y = 1\n¦\n', ((0, 0),)),
    ("shellscript", "source a.sh\necho b\n¦\n", ((0, 0),)),
    ("php", "<?php\nuse A\\B;\n¦\n", ((1, 1),)),
    ("csharp", "using A;\n¦\n", ((0, 0),)),
    ("kotlin", "import a.b\n¦\n", ((0, 0),)),
]  # fmt: skip


@pytest.mark.parametrize(("language", "marked", "lines"), IMPORTS)
def test_imports_are_lines(language: str, marked: str, lines: tuple[tuple[int, int], ...]) -> None:
    whole, live = _both(language, marked)
    assert whole.imports == lines
    assert live.imports == lines


@pytest.mark.parametrize(
    ("language", "marked", "inside"),
    [
        ("python", 'x = "a¦b"\n', "string"),
        ("python", 'x = "ab"¦\n', "code"),
        ("python", 'x = f"a {b¦} c"\n', "code"),
        ("python", "x = 1  # a¦\n", "comment"),
        ("python", 'def f():\n    """\n    What ¦\n    x = 1\n', "string"),
        ("python", "x = foo('a', ¦\ny = 1\n", "code"),
        ("typescript", "const a = `b ${c} d¦ e`;\n", "string"),
        ("typescript", "const a = `b ${c¦} d`;\n", "code"),
        ("typescript", "function f() {\n  const a = `b ${c} d¦\n}\nf();\n", "string"),
        ("typescript", "/* a¦ */\n", "comment"),
        ("typescript", "/* a */¦\n", "code"),
        ("typescript", "f();\n/* a¦\n", "comment"),
        ("go", "package a\nvar x = `a¦\n", "string"),
        ("rust", "fn f<'a>(x: &'a str) { g(\"b¦\") }\n", "string"),
        ("ruby", "x = 'a¦'\n", "string"),
        ("shellscript", 'echo "a¦ b"\n', "string"),
        ("lua", "--[[ a¦ ]]\n", "comment"),
        ("java", 'class A { String s = """\n  a¦\n  """; }\n', "string"),
    ],
)
def test_strings_and_comments_closed_or_not(language: str, marked: str, inside: str) -> None:
    whole, live = _both(language, marked)
    assert (whole.inside, live.inside) == (inside, inside)


def test_ends_of_statement_and_block() -> None:
    text = "function f() {\n  if (a) {\n    b.c(1,¦\n      2);\n    d();\n  }\n}\n"
    for syntax in _both("typescript", text):
        assert syntax.statement_end == Point(3, 9)
        assert syntax.block_end == Point(5, 3)
    for syntax in _both("python", "def f():\n    a = b¦c\n    d = 1\n\nx = 1\n"):
        assert syntax.statement_end == Point(1, 10)
        assert syntax.block_end == Point(2, 9)
    for syntax in _both("python", "a = 1\n¦\n"):
        assert syntax.statement_end is None and syntax.block_end is None


def test_errors_are_places_and_an_unclosed_call_has_no_known_end() -> None:
    whole, live = _both("python", "class A:\n    def f(self):\n        foo(a, b.c¦\n\nx = 1\n")
    for syntax in (whole, live):
        assert syntax.errors and syntax.errors[0][0] == Point(2, 8)
        assert syntax.statement_end is None
        assert _names(syntax) == [("class", "A"), ("method", "f")]
        assert syntax.receiver == "b.c"


def test_a_definition_whose_node_is_lost_is_known_by_its_indentation() -> None:
    whole, _ = _both("ruby", "class A\n  def f\n    x.¦\n  end\nend\n")
    assert [name for _, name in _names(whole)] == ["A", "f"]


@pytest.mark.parametrize(
    ("before", "chain"),
    [
        ("x = foo.bar", "foo.bar"), ("foo.bar.", "foo.bar."), ("self.get(a, (1))[0].na", "self.get()[].na"),
        ("a->b::c", "a->b::c"), ("rows\n    .map(x => 1)\n    .fil", "rows.map().fil"), ("return ", ""),
        ("if (x", "x"), ("a?.b", "a?.b"), ("f(a, ", ""), ("$this->", "$this->"), (")", ""), ("", ""),
        ("x)", ""),
    ],
)  # fmt: skip
def test_the_chain_at_the_cursor(before: str, chain: str) -> None:
    assert chain_before(before) == chain


@pytest.mark.parametrize("language", GRAMMARS)
def test_any_place_of_any_text_has_an_answer(language: str) -> None:
    for text in ("", "\n", "\r", "x", "((((", '"', "    x = 1\n        y\n  )\n", "\udc80é😀\n}"):
        lines = split_lines(text)
        whole = parse(language, with_line_feeds(encoded(text)))
        for line in range(-1, len(lines) + 2):
            for column in (0, 1, 99):
                assert live_syntax(language, lines, max(0, line), column).source == "slice"
                assert syntax_at(whole, max(0, line), column).source == "tree"


def test_words_serve_where_there_is_no_grammar() -> None:
    text, line, column = _cursor("CREATE TABLE a (\n  b int, -- c\n  d.e¦\n)\n")
    syntax = live_syntax("sql", split_lines(text), line, column)
    assert (syntax.source, syntax.receiver, syntax.inside) == ("words", "d.e", "code")
    assert live_syntax("plaintext", (), 0, 0).source == "words"
    found = indented_scopes(["class A:", "    def f(self):", "        x", "    }", "y"], 2)
    assert found == [("class", "A", 0, 3), ("function", "f", 1, 3)]
    assert indented_scopes([], 3) == []


def test_a_text_too_hard_to_parse_in_time_falls_to_few_lines_then_to_words() -> None:
    hard = "x = [" + "(" * 400 + "\n"
    assert slice_round("python", (hard * 60,), 0) is None
    assert live_syntax("python", (hard * 60,), 0, 3).source == "words"
    lines = ("x = 1\n",) * 40 + (hard,) * 60 + ("def f():\n", "    y = 2\n") * 30
    near = live_syntax("python", lines, 105, 4)
    assert near.source == "slice"


@pytest.mark.parametrize("language", TYPED)
def test_a_slice_says_what_the_tree_says_wherever_a_file_is_whole(language: str) -> None:
    lines = split_lines(file_of(language))
    whole = parse(language, encoded("".join(lines)))
    chance = random.Random(5)
    for line in [chance.randrange(len(lines)) for _ in range(60)]:
        column = len(lines[line].rstrip("\n"))
        tree, live = syntax_at(whole, line, column), live_syntax(language, lines, line, column)
        assert live.source == "slice"
        names = [scope.name for scope in tree.scopes]
        assert ([scope.name for scope in live.scopes], live.inside) == (names, tree.inside), line
        starts = [(scope.name, scope.first_line) for scope in tree.scopes]
        assert [(scope.name, scope.first_line) for scope in live.scopes] == starts


def test_a_slice_does_not_begin_inside_a_string_of_many_lines() -> None:
    doc = ["def f():\n", '    """\n', *["word without end\n"] * 60, '    """\n', "    x = y.z\n"]
    live = live_syntax("python", (*["a = 1\n"] * 300, *doc), 300 + len(doc) - 1, 11)
    assert (live.inside, [scope.name for scope in live.scopes], live.receiver) == ("code", ["f"], "y.z")


@pytest.mark.parametrize("language", SAMPLES)
@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_lines_end_as_editors_count_them(language: str, end: str) -> None:
    plain, other = SAMPLES[language], SAMPLES[language].replace("\n", end)
    for line in range(plain.count("\n")):
        expected = syntax_at(parse(language, encoded(plain)), line, 4)
        found = syntax_at(parse(language, with_line_feeds(encoded(other))), line, 4)
        assert found.scopes == expected.scopes
        assert live_syntax(language, split_lines(other), line, 4).scopes == expected.scopes
