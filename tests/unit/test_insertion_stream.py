"""Where a stream may be cut, what guards an answer, and that each filter alone leaves right answers alone."""

from __future__ import annotations

import base64

import pytest

from counterpoint.insertion import FILTERS, Place, end_of, insertion, place_of, streamed_end, wants_block
from counterpoint.text import Document, Situation, Span, language_of

CURSOR = "║"
FAR = '    def f(self):\n        """It\'s."""\n        ║\n'


def situation_of(path: str, text: str) -> Situation:
    at = text.index(CURSOR)
    return Situation(Document.of(path, text.replace(CURSOR, ""), language_of(path), 1), Span(at, at))


def taken(path: str, text: str, raw: str) -> str | None:
    """As much of a stream as is bought, character by character; None if it is read to its end."""
    place = place_of(situation_of(path, text))
    return next((raw[:end] for end in range(1, len(raw)) if streamed_end(raw[:end], place) is not None), None)


@pytest.mark.parametrize(
    ("path", "text", "raw", "bought"),
    [
        ("a.py", "x = ║\n", "f(1)\nprint(x)\n", "f(1)\n"),
        ("a.py", "x = ║\n", "f(\n    1,\n)\nprint(x)\n", "f(\n    1,\n)\n"),
        ("a.ts", "const a = ║\n", "f()\n  .g();\nh();\n", "f()\n  .g();\n"),
        ("a.ts", "const a = ║\n", "f()\nhave();\n", "f()\nha"),
        ("a.py", "def f(a):\n    ║\n", "return a\n\ndef g():\n    pass", "return a\n\ndef g():\n"),
        ("a.py", "try:║\n", "\n    a()\nexcept E:\n    b()\nc()\nd", "\n    a()\nexcept E:\n    b()\nc()\n"),
        ("a.py", "x = ║\n", "```python\nf(1)\n```\nDone, as you can see.\n", "```python\nf(1)\n"),
        ("a.py", "x = ║\n", "Here is the code:\n\n```\nf(1)\n```\n", "Here is the code:\n\n```\nf(1)\n"),
        ("a.py", "a = 1\nb = 2\nx = ║\n", "a = 1\nb = 2\nx = f(1)\ny = 3\n", "a = 1\nb = 2\nx = f(1)\n"),
        ("a.py", "x = ║\n", '{"completion": "f(1)\\nprint()"}\n\n', '{"completion": "f(1)\\nprint()"}\n'),
        ("a.py", "x = ║\n", '{\n  "completion": "f(1)"\n}\nDone', '{\n  "completion": "f(1)"\n}'),
        ("a.py", "x = ║\n", "<PRE>a\nb<MID>f(1)\ng()\n", "<PRE>a\nb<MID>f(1)\n"),
        ("a.py", "def f():\n    ║\n", "2|     a = 1\n3| c = 3\n4| d", "2|     a = 1\n3| c = 3\n"),
        ("a.md", "# A\n\nSome ║\n", "words. And more.\n\nThen", "words. "),
        ("a.md", "# A\n\n║\n", "Some words.\nMore.\n\nThen", "Some words.\nMore.\n\n"),
        ("a.py", "# A ║\n", "comment\ncode()\n", "comment\n"),
        ("a.yaml", "a:\n  ║\n", "b: 1\nc: 2\n", "b: 1\nc"),
    ],
)  # fmt: skip
def test_no_more_is_bought_than_the_statement_block_or_sentence(
    path: str, text: str, raw: str, bought: str
) -> None:
    assert taken(path, text, raw) == bought


def test_a_model_caught_in_a_loop_is_cut_off() -> None:
    bought = taken("a.py", "x = ║\n", "first + second + " * 400)
    assert bought is not None
    assert len(bought) <= 400


@pytest.mark.parametrize(
    ("path", "text", "block"),
    [
        ("a.py", "def f():║\n", True),
        ("a.py", "def f():\n    ║\n", True),
        ("a.py", "x = ║\n", False),
        ("a.py", "undo║\n", False),
        ("a.lua", "while x do║\n", True),
        ("a.py", "# to do:║\n", False),
        ("a.py", 'x = "a:║"\n', False),
        ("a.ts", "f(║)\n", True),
        ("a.ts", "f(║, 1)\n", False),
    ],
)
def test_a_block_is_offered_where_one_may_stand(path: str, text: str, block: bool) -> None:
    assert wants_block(place_of(situation_of(path, text))) is block


@pytest.mark.parametrize(
    ("path", "text", "inside", "long_text"),
    [
        ("a.py", 'def f():\n    """Text ║\n    """\n', "string", True),
        ("a.py", 'def f():\n    """Text\n    of it ║\n    """\n', "string", True),
        ("a.py", 'def f():\n    x = "Text ║"\n', "string", False),
        ("a.py", "def f():\n    x = 1  # Text ║\n", "comment", False),
        ("a.py", 'def f():\n    """Text"""\n    x = ║\n', "code", False),
        ("a.ts", "const a = `Text\n ║`;\n", "string", True),
        ("a.ts", "const a = `${║}`;\n", "string", True),
        ("a.yaml", "# Text ║\n", "comment", False),
        ("a.md", "It's ║\n", "code", False),
        ("a.py", "class A:\n" + "    x = 'it'\n" * 900 + FAR, "code", False),
    ],
)  # fmt: skip
def test_what_the_cursor_stands_in(path: str, text: str, inside: str, long_text: bool) -> None:
    place = place_of(situation_of(path, text))
    assert (place.inside, place.long_text) == (inside, long_text)


def part(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def made_up() -> str:
    """A token in the form of a JWT, put together here so that none stands in a file."""
    return ".".join(
        (part('{"alg":"HS256","typ":"JWT"}'), part('{"sub":"8234567890"}'), part("no signature at all"))
    )


@pytest.mark.parametrize("given", ['"{}"', 'connect(\n    token="{}",\n)', "{}"])
def test_nothing_like_a_secret_is_offered(given: str) -> None:
    text = 'token = "║"\n' if given == "{}" else "token = ║\n"
    shown = insertion(given.format(made_up()), situation_of("a.py", text))
    assert (shown.text, [one.reason for one in shown.dropped]) == ("", ["secret"])


def test_a_key_before_the_cursor_does_not_count_against_what_follows() -> None:
    text = f'token = "{made_up()}"\nother = ║\n'
    assert insertion("connect(token)", situation_of("a.py", text)).text == "connect(token)"


def test_filters_are_told_apart_by_name_and_leave_plain_code_alone() -> None:
    names = [name for name, _ in FILTERS]
    assert len(names) == len(set(names))
    place = Place("def f(a):\n    ", "\n", language="python")
    for name, work in FILTERS:
        assert work("return a", place) == "return a", name


def test_a_long_block_ends() -> None:
    place = Place("def f():", "\n", language="python")
    text = "\n" + "    x = 1\n" * 40
    end = end_of(text, place)
    assert end is not None
    assert text[:end].count("\n") == 24
