"""What became of written text: each case is a text with what was written in it in [[double brackets]], old
text in front of a bar, and the same place some minutes later."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoint.answers import FileChange
from counterpoint.flows.applied import AppliedFile
from counterpoint.flows.became import Became, Piece, Written, became, tokens
from counterpoint.text import Edit, Span

_MARK = re.compile(r"\[\[(?:(?P<old>[^|\]]*)\|)?(?P<new>.*?)\]\]", re.DOTALL)


def written(text: str, language: str = "python") -> Written:
    """`[[old|new]]` in a text: what was put there, in place of what."""
    pieces, after, at = [], "", 0
    for found in _MARK.finditer(text):
        after += text[at : found.start()]
        pieces.append(Piece(len(after), len(after) + len(found["new"]), found["old"] or ""))
        after += found["new"]
        at = found.end()
    return Written("a", language, after + text[at:], tuple(pieces))


def judged(text: str, now: str | None, language: str = "python") -> Became:
    return became([(written(text, language), now)])


FUNCTION = """import os


[[def sizes(folder):
    found = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            found[name] = os.path.getsize(path)
    return found
]]

print(sizes('.'))
"""
AFTER = written(FUNCTION).after or ""

FUNC, PRINT, LOOP = AFTER.index("def"), AFTER.index("print("), AFTER.index("    for")
RETURN = AFTER.index("    return")
LOGS = "    found = {}\n    log.debug('go')\n    check()\n"
TWO = "a = [[f|g(1, 2)]]\n\n\nb = [[f|g(1, 2)]]\n"
GONE = "a()\n[[b()\nc()\n|]]d()\n"
WORDS = '    """Adds the numbers of a {} up, the last of them first, if there are any at all."""\n'

CASES: dict[str, tuple[str, str | None, str]] = {
    "it stands as it was": (FUNCTION, AFTER, "kept"),
    "text elsewhere in the file changed": (FUNCTION, AFTER.replace("print(sizes('.'))", "exit()"), "kept"),
    "lines were put above it": (FUNCTION, f"import sys\nimport re\n{AFTER}", "kept"),
    "a formatter was run": (FUNCTION, AFTER.replace("'.'", '"."').replace("    ", "  "), "kept"),
    "line ends were changed": (FUNCTION, AFTER.replace("\n", "\r\n"), "kept"),
    "a trailing comma and lines came by a formatter": (
        "x = [[call(first, second)]]\n", "x = call(\n    first,\n    second,\n)\n", "kept",
    ),
    "whole lines were put into it": (FUNCTION, AFTER.replace("    found = {}\n", LOGS), "kept"),
    "it was moved as a whole": (
        FUNCTION, f"import os\n\n{AFTER[PRINT:]}\n{AFTER[FUNC:PRINT]}", "kept",
    ),
    "one name was changed": (FUNCTION, AFTER.replace("isfile(path)", "islink(path)"), "tuned"),
    "a keyword was added on a line of it": (
        FUNCTION, AFTER.replace("listdir(folder))", "listdir(folder), key=len)"), "tuned",
    ),
    "all literals were changed": (
        "[[LIMITS = {'a': 1, 'b': 2.5, 'c': True}]]\n", "LIMITS = {'x': 9, 'y': 0.1, 'z': False}\n", "tuned",
    ),
    "a literal of a short text was changed": ("retry([[3]])\n", "retry(5)\n", "tuned"),
    "a string of a short text was changed": ("[[print('hello')]]\n", "print('good morning')\n", "tuned"),
    "a literal became a name": ("[[retry(3)]]\n", "retry(MOST)\n", "rewritten"),
    "a name of a short text was changed": ("[[print(name)]]\n", "print(path)\n", "rewritten"),
    "half of it was deleted": (FUNCTION, AFTER[:LOOP] + AFTER[RETURN:], "rewritten"),
    "something else took its place": (
        FUNCTION, f"import os\n\n\nclass Sizes(dict):\n    pass\n\n\n{AFTER[PRINT:]}", "rewritten",
    ),
    "it was deleted": (FUNCTION, AFTER[:FUNC] + AFTER[PRINT:], "undone"),
    "it was deleted, and other text changed": (
        FUNCTION, "import os\nimport sys\n\nprint(sizes('..'))\n", "undone",
    ),
    "it was undone": ("x = [[old(1)|new(2, 3)]]\n", "x = old(1)\n", "undone"),
    "it was undone, and text added": ("x = [[old(1)|new(2, 3)]]\n", "x = old(1)\ny = 2\n", "undone"),
    "more was put behind a name, and tuned": ("x = [[f|f(1, 2)]]\n", "x = f(1, 3)\ny = 2\n", "tuned"),
    "a literal was put back": ("wait([[5|10]])\n", "wait(5)\n", "undone"),
    "only spaces were written, and undone": ("if x:\n[[  |    ]]y()\n", "if x:\n  y()\n", "undone"),
    "the end of a word was written, and undone": ("pri[[nt(x)]]\n", "pri\n", "undone"),
    "the end of a word was written, and kept": ("pri[[nt(x)]]\n", "print(x)\nmore()\n", "kept"),
    "lines were deleted, and stay so": (GONE, "a()\nd()\ne()\n", "kept"),
    "lines were deleted, and are there again": (GONE, "a()\nb()\nc()\nd()\ne()\n", "undone"),
    "one of two places was undone": (TWO, "a = f\n\n\nb = g(1, 2)\n", "rewritten"),
    "both places were undone": (TWO, "a = f\n\n\nb = f\nc()\n", "undone"),
    "the file is gone": (FUNCTION, None, "undone"),
    "documentation was written anew": (
        'def f():\n[[    """Adds the numbers of a list up."""\n]]    return 1\n',
        'def f():\n    """What it all comes to in the end."""\n    return 1\n', "rewritten",
    ),
    "a word of documentation was changed": (
        f"def f():\n[[{WORDS.format('list')}]]", f"def f():\n{WORDS.format('tuple')}", "tuned",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_became_of_it(name: str) -> None:
    text, now, outcome = CASES[name]
    assert judged(text, now).outcome == outcome


GRAMMARS = {
    "javascript": ("const a = [[`x ${y}` + 1 + true]];", "const a = `z` + 2 + false;"),
    "go": ('[[x := "a" + `b` + nil]]', 'x := "q" + `r` + nil'),
    "rust": ('[[let x = b"a"; let y = r#"b"#; f(1_000u32)]]', 'let x = b"z"; let y = r#"c"#; f(2_000u32)'),
    "java": (
        "[[String s = \"a\"; char c = 'x'; long n = 1L;]]",
        "String s = \"b\"; char c = 'y'; long n = 2L;",
    ),
    "php": ("[[$x = 'a' . \"b\";]]", "$x = 'c' . \"d\";"),
    "lua": ("[[local s = [=[a]=] .. 'b']]", "local s = [=[c]=] .. 'd'"),
    "python": ("[[x = rb'a' + f'{b}' + 0x1f]]", "x = rb'z' + f'{c}' + 0xff"),
    "shellscript": ('[[echo "$a" 10]]', 'echo "$b" 20'),
}


@pytest.mark.parametrize("language", GRAMMARS)
def test_literals_of_a_language_are_literals(language: str) -> None:
    text, now = GRAMMARS[language]
    found = judged(text, now, language)
    assert (found.outcome, 0 < found.changed < 1) == ("tuned", True)


def test_a_quote_in_a_comment_begins_no_string() -> None:
    text = "[[f(1)  # it's one]]\ng('a')\n"
    assert judged(text, "f(2)  # it's one\ng('a')\n").outcome == "tuned"
    assert [one.value for one in tokens("python", "f()  # don't\n'x'")][-1] == '"x"'


def test_the_share_is_that_of_tokens_that_changed() -> None:
    assert judged("[[a b c d e f g h i j]]\n", "a b c d e f g h i x\n") == Became("tuned", 0.1)
    assert judged("[[a b c d e f g h i j]]\n", "a b c d e f g h x y\n") == Became("rewritten", 0.2)


def test_files_are_judged_together() -> None:
    first, second = written("[[a = f(1)]]\n"), written("[[b = g(1)]]\n")
    assert became([(first, "a = f(1)\n"), (second, None)]).outcome == "rewritten"
    assert became([(first, ""), (second, None)]).outcome == "undone"
    assert became([]) == Became("kept", 0.0)


@pytest.mark.parametrize(("now", "outcome"), [(None, "kept"), ("x = 1\n", "undone")])
def test_a_file_that_was_to_go_may_be_there_again(now: str | None, outcome: str) -> None:
    gone = AppliedFile.of(FileChange("a.py", "x = 1\n", (), deleted=True))
    assert became([(Written.of(gone, "python"), now)]).outcome == outcome


def test_a_change_says_itself_what_it_wrote() -> None:
    before = "a = 1\nb = 2\nc = 3\n"
    edits = (Edit(Span(12, 17), "c = [3, 3]"), Edit(Span(0, 5), "alpha = 1"))
    one = Written.of(AppliedFile.of(FileChange("a.py", before, edits)), "python")
    assert one == written(
        "[[a = 1|alpha = 1]]\nb = 2\n[[c = 3|c = [3, 3] ]]\n".replace("] ]]", "]]]", 1)
    ) or (one.after == "alpha = 1\nb = 2\nc = [3, 3]\n" and one.before == before)
    made = Written.of(AppliedFile.of(FileChange("n.py", None, (Edit(Span(0, 0), "x = 1\n"),))), "python")
    assert (made.after, made.before, made.pieces) == ("x = 1\n", "", (Piece(0, 6),))


CODE = st.text(alphabet="ab1 .,()'\"\n#=", max_size=60)


@given(CODE, CODE, CODE, CODE, st.one_of(st.none(), CODE), st.sampled_from(["python", "go", "lua", "text"]))
def test_any_texts_are_judged(head: str, old: str, new: str, tail: str, now: Any, language: str) -> None:
    one = Written("a", language, head + new + tail, (Piece(len(head), len(head + new), old),))
    found = became([(one, now)])
    assert 0 <= found.changed <= 1
    assert (found.outcome == "kept") == (found.changed == 0)
    assert became([(one, one.after)]) == Became("kept", 0.0)
    if one.before != one.after:
        assert became([(one, one.before)]).outcome == "undone"


FIRST = "def add(a, b):\n    return a + b\n"
SECOND = "def add(a, b):\n    return sum((a, b))\n"
NEITHER = "def add(a, b):\n    return a - b\n"


@pytest.mark.parametrize(
    ("now", "outcome"),
    [
        (SECOND, "kept"),
        (SECOND.replace("def", "# typed\ndef"), "kept"),
        (SECOND.replace("sum((a, b))", "total((a, b), start=0)"), "rewritten"),
        (FIRST, "undone"),
        (FIRST.replace("def", "# typed\ndef"), "undone"),
        (NEITHER, "undone"),
    ],
)
def test_what_took_the_place_of_another_version_is_gone_where_either_is_there_again(
    now: str, outcome: str
) -> None:
    at = NEITHER.index("a - b")
    span = Span(at, at + 5)
    over = AppliedFile.of(FileChange("a.py", FIRST, (Edit(span, "sum((a, b))"),)))
    file = replace(AppliedFile.of(FileChange("a.py", NEITHER, (Edit(span, "sum((a, b))"),))), over=over)
    assert became([(Written.of(file, "python"), now)]).outcome == outcome
