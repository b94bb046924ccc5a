"""Python is read by a walk, which agrees with a query, and from its text, where calls stand."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from counterpoint.context.extract import extract, facts_of, row_of
from counterpoint.context.extract_calls import CallsIn, calls_in, words_called
from counterpoint.context.extract_gather import gather
from counterpoint.context.extract_python import in_python
from counterpoint.context.extract_source import Source
from counterpoint.context.extract_sweep import Sweep
from counterpoint.context.facts import Call
from counterpoint.context.parsing import parse
from counterpoint.context.rows import called_of

LIBRARY = sorted((Path(sysconfig.get_path("stdlib")) / "asyncio").glob("*.py"))

NESTED = b"""
async def outer(self):
    import os, sys as system
    def inner():
        self.no = 1
    class Local(Base):
        size: int = 3
        def f(self):
            self.a = self.b = Thing()
            class Deep:
                def g(self): self.deep: int = 1
            def h():
                from a import (
                    b,  # why
                    c as d,
                )
                self.later = 2
    return inner

class A(a.B, Generic[T], metaclass=M):
    try:
        def f(self):
            self.x, self.y = 1, 2
            self.z == 3
            if self.w: pass
            "self.text = 1; import text; def text(): pass"
    except E: y = z = 2
    @property
    def g(cls, *, p: int = 3) -> dict[
        str, int
    ]:
        cls.made = other.self.no = 1
    class Inner: pass
if True:
    with a as b:
        match b:
            case 1:
                deep = 1
type Alias[T] = list[T]
(left, right) = 1, 2
from x import *
"""


def both(data: bytes) -> tuple[object, object]:
    """What the walk and the query find, in no order."""
    parsed = parse("python", data)
    made, imports = in_python(parsed, words_called(data)[0])
    found = gather(parsed)
    query = Sweep(Source("python", data)).made(found.matches)
    return (set(made), sorted(imports)), (set(query), sorted(found.imports))


def test_a_walk_finds_what_a_query_finds() -> None:
    walk, query = both(NESTED)
    assert walk == query


@pytest.mark.parametrize("file", LIBRARY, ids=lambda file: file.stem)
def test_the_library_is_read_alike(file: Path) -> None:
    walk, query = both(file.read_bytes())
    assert walk == query


def test_a_deep_nest_is_no_recursion() -> None:
    text = "".join(f"{' ' * depth}if x:\n" for depth in range(1200)) + " " * 1200 + "y = 1\n"
    facts = facts_of("a.py", "python", text.encode())
    assert facts.lines == 1201


@pytest.mark.parametrize(
    ("text", "calls"),
    [
        (b"def f(x): g(x)", [("g", 0, "")]),
        (b"class A(B()): pass", [("B", 0, "")]),
        (b"# f(1)\n'f(2)'\n'''f(\n3)'''\nf(4)", [("f", 4, "")]),
        (b'f"{g(x)}" + rf"{h(1)}"', [("g", 0, ""), ("h", 0, "")]),
        (b"match(x)\nmatch (x):\n  case (1): pass", [("match", 0, "")]),
        (b"if (a): return (b)", []),
        (b"a.b(1)[c(2)].d (3)", [("b", 0, "a"), ("c", 0, ""), ("d", 0, "a.b(1)[c(2)]")]),
        (b"x @ y\n@a.b\n@c()\ndef f(): pass", [("b", 1, "a"), ("c", 2, "")]),
        (b"'a'.join(b)", [("join", 0, "")]),
        (b"(a\n  .f(1)\n  .g(2))", [("f", 1, "a"), ("g", 2, "a .f(1)")]),
        (b"f()()", [("f", 0, "")]),
        (b'"' * 3 + b"\nf(1)", []),
        (b"", []),
    ],
)
def test_calls_are_read_from_the_text(text: bytes, calls: list[tuple[str, int, str]]) -> None:
    assert calls_in(text) == [Call(*one) for one in calls]


def test_names_called_are_those_that_are_not_only_defined() -> None:
    text = b"@cached\ndef f(): g(1)\nclass A(B): pass\nclass C():\n  def m(self): self.m()\nif (x): C()\n"
    assert called_of(row_of("a", parse("python", text)).calls) == {"cached", "g", "m", "C"}


def test_calls_are_read_when_they_are_asked_for() -> None:
    asked = []

    def text() -> bytes | None:
        asked.append(1)
        return b"f(1)\ng.h(2)"

    calls = CallsIn(text)
    assert not asked
    assert calls == (Call("f", 0), Call("h", 1, "g"))
    assert (len(calls), calls[1].name, list(calls[:1])) == (2, "h", [Call("f", 0)])
    assert hash(calls) == hash(tuple(calls))
    assert repr(calls) == repr(tuple(calls))
    assert asked == [1]
    assert calls != 1
    assert list(CallsIn(lambda: None)) == []


def test_a_broken_file_is_read_by_the_query() -> None:
    parsed = parse("python", NESTED + b"\ndef broken(:\n")
    assert parsed.tree.root_node.has_error
    names = {one.name for one in extract("a", parsed).definitions}
    assert {"outer", "A", "Local", "deep"} <= names
