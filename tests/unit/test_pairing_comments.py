"""Comments that are addressed to us, in any language: what they ask for, and what goes when it is done."""

from __future__ import annotations

import pytest

from counterpoint.answers import ChangeSet, FileChange
from counterpoint.flows.pairing import addressed_question, served, without_comments
from counterpoint.pairing.comments import addressed, all_addressed
from counterpoint.pairing.syntax import comment_of
from counterpoint.text import Document, Edit, Situation, Span, apply

FOUND = [
    ("python", "x = 1\n# ai: retry three times\ny = 2\n", "retry three times", "x = 1\ny = 2\n"),
    ("python", "x = 1  # AI: make it two\ny = 2\n", "make it two", "x = 1\ny = 2\n"),
    ("python", "    # ai: retry, with\n    # a pause\n    x()\n", "retry, with a pause", "    x()\n"),
    ("python", "# ai: rename it to\n# Ledger everywhere\nx()\n", "rename it to Ledger everywhere", "x()\n"),
    ("python", "# ai: do\n#   - one\n#   - Two\nx()\n", "do - one - Two", "x()\n"),
    ("python", "x = 1  # ai: make it\n       # two\ny = 2\n", "make it two", "x = 1\ny = 2\n"),
    ("go", "//ai: retry\n// Fetch gets it.\nfunc f() {}\n", "retry", "// Fetch gets it.\nfunc f() {}\n"),
    ("go", "/* ai: retry\n   three times */\nfunc f() {}\n", "retry three times", "func f() {}\n"),
    ("rust", "/// ai: name it\nfn f<'a>() {}\n", "name it", "fn f<'a>() {}\n"),
    ("typescript", "const u = 'http://x' // ai: y\n", "y", "const u = 'http://x'\n"),
    ("javascriptreact", "<a>\n  {/* ai: make a list */}\n</a>\n", "make a list", "<a>\n</a>\n"),
    ("javascriptreact", "<a>{/* ai: make a list */}</a>\n", "make a list", "<a></a>\n"),
    ("java", "/**\n * ai: retry this\n * thrice\n */\nvoid f() {}\n", "retry this thrice", "void f() {}\n"),
    (
        "java",
        "/**\n * Fetches.\n * ai: retry this\n *\n * @param x\n */\nvoid f() {}\n",
        "retry this",
        "/**\n * Fetches.\n *\n * @param x\n */\nvoid f() {}\n",
    ),
    ("java", "/* Fetches.\n ai: retry */\nvoid f() {}\n", "retry", "/* Fetches.\n */\nvoid f() {}\n"),
    ("html", "<p>it's</p> <!-- ai: shorten -->\n", "shorten", "<p>it's</p>\n"),
    ("css", "a { /* ai: blue */ color: red }\n", "blue", "a { color: red }\n"),
    ("c", "f(/* ai: rename */ x);\n", "rename", "f(x);\n"),
    ("sql", "select 1 -- ai: two\nfrom x;\n", "two", "select 1\nfrom x;\n"),
    ("lua", "--[[ ai: rename\n all ]]\nx = 1\n", "rename all", "x = 1\n"),
    ("haskell", "{- ai: two -}\nx = 1\n", "two", "x = 1\n"),
    ("ocaml", "let x = (* ai: two *) 1\n", "two", "let x = 1\n"),
    ("bat", "REM ai: do it\r\necho x\r\n", "do it", "echo x\r\n"),
    ("clojure", ";; ai: do it\n(x)\n", "do it", "(x)\n"),
    ("latex", "sure % ai: do it\n", "do it", "sure\n"),
    ("vim", '" ai: do it\nset x\n', "do it", "set x\n"),
    ("yaml", "a: don't # ai: do it\n", "do it", "a: don't\n"),
    ("markdown", "Text.\n\n<!-- ai: say more\n     about it -->\n", "say more about it", "Text.\n\n"),
    ("brandnew", "// ai: do it\nx\n", "do it", "x\n"),
]  # fmt: skip


@pytest.mark.parametrize(("language", "text", "said", "after"), FOUND)
def test_a_comment_is_read_and_goes_alone(language: str, text: str, said: str, after: str) -> None:
    (found,) = all_addressed(Document.of("a", text, language))
    assert found.text == said
    assert apply(text, [Edit(found.span, "")]) == after


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "x = '# ai: no'\n"),
        ("python", "# they said ai: no\n"),
        ("python", "# fail: no\n"),
        ("python", "ai: int = 1\n"),
        ("typescript", 'const a = "// ai: no"\n'),
        ("go", "a := `// ai: no`\n"),
        ("html", "ai: no\n"),
        ("yaml", "ai: no\n"),
        ("java", "/* a */ ai: b();\n"),
    ],
)
def test_what_is_no_comment_to_us_is_left_alone(language: str, text: str) -> None:
    assert all_addressed(Document.of("a", text, language)) == ()


def test_a_place_amid_a_comment_of_several_lines_is_its_place() -> None:
    document = Document.of("a.py", "x = 1\n# ai: retry, with\n# a pause\nx()\n", "python")
    assert len(addressed(document, 2, 2)) == 1
    assert addressed(document, 3, 3) == () and addressed(document, 0, 0) == ()


@pytest.mark.parametrize(
    ("language", "line", "said"),
    [
        ("python", "  # hello", "hello"),
        ("typescript", "/* hello */", "hello"),
        ("typescript", " * hello", "hello"),
        ("typescript", "/* a */ b()", None),
        ("python", "x  # hello", None),
        ("markdown", "# Heading", None),
        ("html", "<!-- hello -->", "hello"),
        ("rust", "//! hello", "hello"),
    ],
)
def test_a_line_that_is_a_comment(language: str, line: str, said: str | None) -> None:
    assert comment_of(language, line) == said


TWICE = "# ai: double it\nx = 1\n# ai: double it\ny = 1\n# ai: name it\nz = 1\n"


def _document() -> Document:
    return Document.of("a.py", TWICE, "python", 3)


def _change(*edits: Edit) -> ChangeSet:
    return ChangeSet((FileChange("a.py", TWICE, edits, 3, reasons=("As asked",) * len(edits)),))


def _text(changes: ChangeSet) -> str:
    (file,) = changes.files
    return apply(file.before or "", file.edits)


def _edit(old: str, new: str, nth: int = 0) -> Edit:
    at = -1
    for _ in range(nth + 1):
        at = TWICE.index(old, at + 1)
    return Edit(Span(at, at + len(old)), new)


def test_a_comment_that_a_model_left_standing_goes_all_the_same() -> None:
    document = _document()
    second = all_addressed(document)[1]
    made = without_comments(document, _change(_edit("y = 1", "y = 2")), [second])
    assert _text(made) == "# ai: double it\nx = 1\ny = 2\n# ai: name it\nz = 1\n"
    (file,) = made.files
    assert "The comment that asked for it goes" in "; ".join(file.reasons) and file.version == 3


def test_a_comment_that_a_model_removed_is_not_missed() -> None:
    document = _document()
    first = all_addressed(document)[0]
    change = _change(_edit("# ai: double it\nx = 1", "x = 2"))
    assert without_comments(document, change, [first]) == change


def test_a_comment_that_a_model_wrote_again_goes_from_what_it_wrote() -> None:
    document = _document()
    last = all_addressed(document)[2]
    made = without_comments(
        document, _change(_edit("# ai: name it\nz = 1", "# ai: name it\nzeta = 1")), [last]
    )
    assert _text(made).endswith("y = 1\nzeta = 1\n")


def test_all_of_a_file_go_and_other_files_keep_their_edits() -> None:
    document = _document()
    other = FileChange("b.py", None, (Edit(Span(0, 0), "new = 1\n"),))
    made = without_comments(document, ChangeSet((other,)), all_addressed(document))
    assert [one.path for one in made.files] == ["a.py", "b.py"]
    assert apply(TWICE, made.files[0].edits) == "x = 1\ny = 1\nz = 1\n"


def test_where_nothing_is_changed_the_comment_stays() -> None:
    document = _document()
    question = ChangeSet((), question="Which name?")
    assert without_comments(document, question, all_addressed(document)) == question


def test_whoever_answers_the_comments_have_gone() -> None:
    document = _document()
    for comments in (all_addressed(document)[:1], all_addressed(document)[1:], all_addressed(document)):
        asked = Situation(document, Span(0, 0), instruction=addressed_question(document, comments)[0])
        made = served(asked, _change(_edit("z = 1", "z = 2")))
        assert _text(made).count("# ai:") == 3 - len(comments)
    plain = _change(_edit("z = 1", "z = 2"))
    for other in ("Double it", "Do what the comment at line 1 says, and remove the comment: nothing"):
        assert served(Situation(document, Span(0, 0), instruction=other), plain) == plain


def test_the_request_names_the_lines() -> None:
    document = _document()
    text, span = addressed_question(document, all_addressed(document)[:1])
    assert "line 1" in text and text.endswith("double it") and span == Span(0, 0)
    text, _ = addressed_question(document, all_addressed(document))
    assert "- line 1: double it\n- line 3: double it\n- line 5: name it" in text
