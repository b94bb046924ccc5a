"""A suggestion is tried in its document: errors it would add, lines that add none, names it makes up."""

from __future__ import annotations

import pytest

from counterpoint.answers import Insertion
from counterpoint.context.judging import Judgement, Proposal, judge
from counterpoint.insertion import judged
from counterpoint.text import Document, Span, language_of, split_lines

CURSOR = "║"


def trial(path: str, text: str, given: str, known: frozenset[str] = frozenset()) -> Judgement:
    document = Document.of(path, text.replace(CURSOR, ""), language_of(path), 1)
    place = document.position(text.index(CURSOR))
    found = judge(
        document.language,
        split_lines(document.text),
        Proposal(place.line, place.column, place.line, place.column, given),
        known.intersection,
        lambda: False,
    )
    assert found is not None
    return found


GOOD = [
    ("a.py", "x = ║\n", "[1, 2]"),
    ("a.py", "def f(a):\n    ║\n", "if a:\n        return 1\n    return 2"),
    ("a.py", "def f(a):\n    if a:║\n    return 2\n", "\n        return 1"),
    ("a.py", "def f(a):\n    ║\n", "for one in a:"),
    ("a.py", "print(\n    1,\n    ║\n", "2,"),
    ("a.py", "def broken(:\n    pass\n\n\ndef f(a):\n    return ║\n", "a + 1"),
    ("a.ts", "const a = foo(║\n\nconst b = 1;\n", "1, 2"),
    ("a.ts", "if (a) {║\n}\n", "\n  b();"),
    ("a.ts", "const xs = [1].map((x) => ║);\n", "{ return x; }"),
    ("a.go", "package a\n\nfunc f() error {\n\t║\n}\n", "if err := g(); err != nil {\n\t\treturn err\n\t}"),
    ("a.rs", "fn f() -> u8 {\n    ║\n}\n", "let x = 1;\n    x"),
    ("A.java", "class A {\n    ║\n}\n", "int f() {\n        return 1;\n    }"),
]


@pytest.mark.parametrize(("path", "text", "given"), GOOD)
def test_code_that_fits_adds_no_error(path: str, text: str, given: str) -> None:
    found = trial(path, text, given)
    assert (found.errors, found.whole) == (0, len(given))


BROKEN = [
    ("a.py", "def f(a):\n    ║\n    return a\n", "a = 1\n    b = 2)", "a = 1"),
    ("a.py", "def f(a):\n    ║\n", "a = = 1", ""),
    ("a.ts", "function f() {\n  ║\n}\n", "const a = 1;\n  const = ;", "const a = 1;"),
    ("a.go", "package a\n\nfunc f() {\n\t║\n}\n", "a := 1\n\tb := 2\n\tfunc {{{ g", "a := 1\n\tb := 2"),
    ("a.py", "def broken(:\n    pass\n\n\ndef f(a):\n    return ║\n", "a + )", ""),
]


@pytest.mark.parametrize(("path", "text", "given", "stays"), BROKEN)
def test_of_code_that_does_not_fit_the_lines_stay_that_do(
    path: str, text: str, given: str, stays: str
) -> None:
    found = trial(path, text, given)
    assert found.errors > 0
    assert given[: found.whole] == stays


def test_a_name_resolves_in_the_file_the_language_the_workspace_or_the_text_itself() -> None:
    text = "import os\n\n\ndef f(rows):\n    ║\n"
    given = "total = len(rows)\n    for row in rows:\n        total += weigh(row, os.sep, made_up)"
    assert trial("a.py", text, given, frozenset({"weigh"})).unknown == ("made_up",)
    assert trial("a.py", text, given).unknown == ("weigh", "made_up")


@pytest.mark.parametrize(
    ("path", "text", "given"),
    [
        ("a.py", "def f():\n    ║\n", "return dict(key=1).get(2).attribute"),
        ("a.py", "def f():\n    ║\n", "return [lambda one: one for each in range(2) if each]"),
        ("a.ts", "║\n", "const { a, b: c } = JSON.parse(text.body), text = { key: a + c };"),
        ("a.go", "package a\n\nfunc f() {\n\t║\n}\n", 'a, err := os.Open("x")\n\tfmt.Println(a.Name(), err)'),
        (
            "a.rs",
            "fn f() {\n    ║\n}\n",
            'let Some(x) = Vec::new().pop() else { return };\n    println!("{}", x);',
        ),
        ("A.java", "class A {\n    ║\n}\n", "String f(int a) {\n        return String.valueOf(a);\n    }"),
        ("a.rb", "║\n", "made_up(1)"),
    ],
)
def test_members_keys_arguments_and_own_names_are_not_asked_for(path: str, text: str, given: str) -> None:
    assert trial(path, text, given).unknown == ()


def test_what_is_too_late_or_has_no_grammar_is_not_judged() -> None:
    proposal = Proposal(0, 0, 0, 0, "x = 1")
    assert judge("python", ("\n",), proposal, frozenset, lambda: True) is None
    assert judge("plaintext", ("\n",), proposal, frozenset, lambda: False) is None


def test_a_judgement_cuts_drops_or_demotes() -> None:
    given = Insertion("a = 1\nb = )", Span(3, 3), fired=("echo",))
    assert judged(given, None) is given
    assert judged(given, Judgement(0, 11)) == given
    cut = judged(given, Judgement(1, 5))
    assert (cut.text, cut.fired, cut.dropped, cut.demoted) == ("a = 1", ("echo", "syntax"), (), "")
    gone = judged(given, Judgement(1, 0))
    assert (gone.text, [one.reason for one in gone.dropped]) == ("", ["syntax"])
    assert judged(given, Judgement(0, 11, ("nope",))).demoted == "unknown-name"
