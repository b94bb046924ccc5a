"""Python is read by its lines, which agree with a query, and from its text, where calls stand."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from counterpoint.context.extract import extract, facts_of, row_from, row_of
from counterpoint.context.extract_calls import CallsIn, calls_in
from counterpoint.context.extract_gather import gather
from counterpoint.context.extract_python import in_python
from counterpoint.context.extract_source import Source
from counterpoint.context.extract_sweep import Sweep
from counterpoint.context.facts import Call, Definition
from counterpoint.context.parsing import Parsed, parse
from counterpoint.context.rows import called_of, definitions_of, imports_of

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
                def g(self):
                    self.deep: int = 1
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
    except E:
        y = z = 2
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
    """What the lines and the query say, in no order."""
    found = in_python(data)
    assert found is not None
    asked = gather(parse("python", data))
    query = Sweep(Source("python", data)).made(asked.matches)
    return (set(found[0]), sorted(found[1])), (set(query), sorted(asked.imports))


def test_the_lines_say_what_a_query_finds() -> None:
    lines, query = both(NESTED)
    assert lines == query


@pytest.mark.parametrize(
    "text",
    [
        b"def f(a,\n      b): return 1\n",
        b"def f[T](a: T = {1: 2}) -> dict[\n    str, 'int'\n]: ...\n",
        b"async  def f(\n) -> (\n  A  # why\n): pass\nclass A(B, metaclass=C(d, e=1)): ...\n",
        b"class A[T: (int, str)](B[T]):\n    x = 1\nclass B:\n    'doc'\nclass C[T]: pass\n",
        b"def f():\n    # first\n\n    # second\n    pass\n    # third\n  # fourth\n    # fifth\nx = 1\n",
        b"class A:\n  def f(self): pass\n  # of A\n\n# of none\n",
        b"if a:\n  def f():\n      pass\n      # of f\n  # of none\nelse:\n  y: A[b == c, D(e=1)] = 2\n",
        b"x = y = A(z=1)\na.b, c = d[e], f = 1\nx == y\nx += 1\nx <= y, z\n(x,\n y) = 1\n[a] = b\n",
        b"class A:\n def f(self):\n  x = self.a = B()\n  if x: self.b = 1\n  f(self.c, d=1)\n  self.d: int\n",
        b"class A:\n def f(self):\n  self.a = [\n   1]\n  x = {1: self.b, **self.c}\n  self.d += 1\n",
        b"class A:\n  B = C = (\n    D\n  ) = E\n  match = 1\n  case = type = 2\n  print(a, b=1)\n",
        b"x = lambda a=1, b=2: 0\nlambda_ = lambda: 1\nx: Callable[[int], str] = lambda a, b=1: a\n",
        b"import a.b as c, d.e, f\nfrom . import (g, # no\n  h as i)\nfrom ..a.b import *\nfrom .import c\n",
        b"import a, \\\n  b\nfrom __future__ import annotations\ndef f():\n  from x import y\n  import z\n",
        b"x = 1 \\\n  + 2\nif x and \\\n   y:\n  def f(): pass\n",
        b"'''\ndef f(): pass\nclass A: x = 1\n'''\ns = r'\\\\'\nf'{a[\"b\"]}' # import c\nt = \"#\"\n",
        b"def f():\r\n  pass\r\n\r\nclass A:\r\n  x = 1\r\n  def g(self):\r\n    self.y = 2\r\n",
        b"type A = int\ntype B[T, *U] = list[T]\nclass C:\n  type D = E\n",
        b"def f():\n class A:\n  x = 1\n  def g(self):\n   self.y = 1\n   def h():\n    self.z = 1\n",
        "größe = Ü()\nclass É(À):\n  ñ = 1\n".encode(),
        b"@a.b(\n  c)\n@d\nasync def f(): await g\nx @ y\n",
        b"try: import a\nexcept E: pass\n",
        b"a = 1; b = 2\n",
        b"if a: b = 1\nelse: c = 2\n",
        b"class A: x = 1\n",
        b"if a:\n\tx = 1\n",
        b"class A:\n  def g(self): self.deep: int = 1\n",
        b"print 'a'\nexec 'b' in c\n",
        b"x = 1\n",
        b"",
    ],
)
def test_what_lines_say_or_leave_to_the_tree_is_what_a_query_finds(text: bytes) -> None:
    parsed = parse("python", text)
    assert not parsed.tree.root_node.has_error
    asked = gather(parsed)
    row = row_of("a", parsed)
    made = Sweep(Source("python", text)).made(asked.matches)
    assert set(definitions_of(row.definitions)) == {Definition(*one) for one in made}
    assert sorted(imports_of(row.imports)) == sorted(asked.imports)


def test_what_is_hidden_in_a_function_takes_no_name_from_others() -> None:
    found = in_python(b"def f():\n  def a(): pass\na = B()\n")
    assert found is not None
    kinds = [(name, kind, owner_type) for name, kind, *_, owner_type, _, _ in found[0]]
    assert kinds == [("f", "function", ""), ("a", "function", ""), ("a", "variable", "B")]


@pytest.mark.parametrize(
    "text",
    [
        b"a = 1; b = 2\n",
        b"try: import a\nexcept E: pass\n",
        b"if a: b = 1\n",
        b"class A: x = 1\n",
        b"if a:\n\tx = 1\n",
        b"class A:\n  def f(self): self.x = 1\n",
        b"x = (1\n",
        b"x = (1]\n",
        b"x = 'a\n",
        b"x = '''a\n",
        b"x = 1 \\ 2\n",
        b"def f():\nx = 1\n",
        b"def f()\n",
        b"class A",
        b"def f() -> \\\n  int:\n  pass\n",
        b"from a.b. c import d\nfrom e\n",
        b"import a b\n",
        b"x = 1 # \x01\n",
        "a\u20ac = 1\ndef a\u20ac(): pass\n".encode(),
    ],
)
def test_lines_that_leave_a_doubt_say_nothing(text: bytes) -> None:
    assert in_python(text) is None


def test_only_a_doubt_costs_a_parse(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []

    def watched(language: str, data: bytes) -> Parsed:
        parsed.append(data)
        return parse(language, data)

    monkeypatch.setattr("counterpoint.context.extract.parse", watched)
    for text in (NESTED, b"a = 1; b = 2\n"):
        assert row_from("a", "python", text) == row_of("a", parse("python", text))
    assert parsed == [b"a = 1; b = 2\n"]


@pytest.mark.parametrize("file", LIBRARY, ids=lambda file: file.stem)
def test_the_library_is_read_alike(file: Path) -> None:
    lines, query = both(file.read_bytes())
    assert lines == query


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
