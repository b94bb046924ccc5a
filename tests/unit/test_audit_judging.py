"""What becomes of one use: a definition before and after, and a line that uses it."""

from __future__ import annotations

import pytest

from counterpoint.audit import CallSite, Site, audit, targets
from tests.auditcases import Held, document

LANGUAGE = {"py": "python", "ts": "typescript", "go": "go", "rs": "rust", "java": "java", "js": "javascript"}


def judged(ending: str, before: str, after: str, line: str, head: str = "") -> Site | None:
    """The site on a line of a file that nothing else is known of."""
    home, path = f"lib/module.{ending}", f"lib/callers.{ending}"
    was, text = document(home, before), f"{head}{line}\n"
    number = text.count("\n") - 1
    called = [one for one in targets(was) if f"{one.symbol}(" in line]
    sites = [CallSite(path, number, home, one.name) for one in called]
    found = audit({home: was}, {home: document(home, after)}, sites, Held({home: before, path: text}))
    return next((site for site in found.all if (site.path, site.line) == (path, number)), None)


def state(ending: str, before: str, after: str, line: str, head: str = "") -> str:
    site = judged(ending, before, after, line, head)
    return site.state if site is not None else ""


SYNC, ASYNC = "def f(a):\n    return g(a)\n", "async def f(a):\n    return await g(a)\n"
LIST, STREAM = "def f(a):\n    return [a]\n", "def f(a):\n    yield a\n"
IN_ASYNC = "async def run():\n    pass\n    "


@pytest.mark.parametrize(
    ("before", "after", "line", "want"),
    [
        (SYNC, ASYNC, "asyncio.run(f(1))", "intact"),
        (SYNC, ASYNC, "x = [await f(1) for a in b]", "intact"),
        (SYNC, ASYNC, "print(f(1))", "broken"),
        (SYNC, ASYNC, "g = lambda: f(1)", "broken"),
        (SYNC, ASYNC, "def h(): return f(1)", "unknown"),
        (SYNC, ASYNC, "g(f)", "unknown"),
        (ASYNC, SYNC, "x = f(1)", "unknown"),
        (ASYNC, SYNC, "x = await f(1)", "broken"),
        (LIST, STREAM, "a, b = f(1)", "intact"),
        (LIST, STREAM, "x = sorted(f(1))", "intact"),
        (LIST, STREAM, "x = [*f(1)]", "intact"),
        (LIST, STREAM, "f(1).sort()", "broken"),
        (LIST, STREAM, "f(1)", "broken"),
        (LIST, STREAM, "async for a in f(1): pass", "unknown"),
        (STREAM, LIST, "x = next(f(1))", "broken"),
        (STREAM, LIST, "f(1).send(2)", "broken"),
        (STREAM, LIST, "f(1)", "unknown"),
        (STREAM, LIST, "x = f(1)", "unknown"),
        (STREAM, LIST, "for x in f(1): pass", "intact"),
        ("async " + STREAM, LIST, "f(1).aclose()", "broken"),
        ("async " + STREAM, LIST, "x = f(1)", "unknown"),
        (STREAM, "async " + STREAM, "for x in f(1): pass", "broken"),
        ("def f(a): return a, 1", "def f(a): return [a]", "x, y = f(1)", "broken"),
        ("def f(a): return a, 1", "def f(a): return g(a)", "x, y = f(1)", "unknown"),
        ("def f(a): return g(a)", "def f(a): return 1, 2", "x = f(1)['a']", "broken"),
        ("def f(a): return g(a)", "def f(a): return {'a': 1}", "x = f(1)[k]", "unknown"),
        ("def f(a): return g(a)", "def f(a): print(a)", "x = f(1)", "broken"),
        ("def f(a): print(a)", "def f(a): return 1", "x = f(1)", "intact"),
        ("def f(a): return 1", "def f(a): return 'a'", "x = f(1)", "unknown"),
        ("def f(a) -> None: g(a)", "def f(a) -> int: return g(a)", "f(1)", "intact"),
        ("def f(a) -> int: return g(a)", "def f(a) -> None: g(a)", "x = f(1)", "broken"),
        ("def f(a, *b): g(b)", "def f(a, *c): g(c)", "f(1, 2)", "intact"),
        ("def f(a, *b): g(b)", "def f(a, b): g(b)", "f(1, 2)", "broken"),
        ("def f(a, *b): g(b)", "def f(a, *b: int): g(b)", "f(1, x)", "unknown"),
        ("def f(a, **b): g(b)", "def f(a, c=1, **b): g(b, c)", "f(1, **d)", "unknown"),
        ("def f(a): g(a)", "def f(a, b): g(a, b)", "f(*x)", "unknown"),
        ("def f(a): g(a)", "def f(a, b): g(a, b)", "f(1, a=2)", "broken"),
        ("def f(a): g(a)", "def f(b, a=1): g(a)", "f(1)", "broken"),
        ("def f(a=1): g(a)", "def f(a=None): g(a)", "f()", "unknown"),
        ("def f(a=None): g(a)", "def f(a: int | None = None): g(a)", "f()", "intact"),
        ("def f(a: int): g(a)", "def f(a: float): g(a)", "f(x)", "intact"),
        ("def f(a: bool): g(a)", "def f(a: int): g(a)", "f(x)", "unknown"),
        ("def f(a: str): g(a)", "def f(a: Union[str, int]): g(a)", "f(x)", "intact"),
        ("def f(a: str): g(a)", "def f(a: list[str]): g(a)", "f('a')", "broken"),
        ("def f(a: list[str]): g(a)", "def f(a: Sequence[str]): g(a)", "f([])", "intact"),
        ("def f(a: str): g(a)", "def f(a: dict): g(a)", "f({'a': 1})", "intact"),
        ("def f(a: int): g(a)", "def f(a: 'Optional[int]'): g(a)", "f(1)", "intact"),
        ("def f(a: float): g(a)", "def f(a: int): g(a)", "f(1.5)", "broken"),
        ("def f(a: int): g(a)", "def f(a: bool): g(a)", "f(True)", "intact"),
        ("def f(a: int): g(a)", "def f(a: Literal['x']): g(a)", "f(1)", "unknown"),
        ("def f(a: str): g(a)", "def f(a: None): g(a)", "f(None)", "intact"),
        ("class F:\n    def __init__(self): pass", "class F:\n    pass", "x = F()", "intact"),
        ("class F(B): pass", "class F(C): pass", "x = F()", "unknown"),
        ("class F(B): pass", "class F(B):\n    def __init__(self, a): pass", "x = F()", "broken"),
        ("class F:\n    def __init__(self): pass", "def F(): return 1", "x = F()", "unknown"),
    ],
)
def test_python(before: str, after: str, line: str, want: str) -> None:
    assert state("py", before, after, line) == want


T_SYNC, T_ASYNC = "function f(a: number) { return g(a) }", "async function f(a: number) { return g(a) }"
ONE = "function f() { return g() }", "function f() { return { a: 1 } }"
TEXTS = "function f(a: string) { g(a) }", "function f(a: 'x' | 'y') { g(a) }"


@pytest.mark.parametrize(
    ("before", "after", "line", "want"),
    [
        (T_SYNC, T_ASYNC, "f(1).then(g)", "intact"),
        (T_SYNC, T_ASYNC, "async function h() { return f(1) }", "intact"),
        (T_SYNC, T_ASYNC, "function h() { return f(1) }", "unknown"),
        (T_SYNC, T_ASYNC, "f(1)", "unknown"),
        (T_SYNC, T_ASYNC, "const x = f(1)", "broken"),
        (T_ASYNC, T_SYNC, "const x = f(1)", "unknown"),
        (T_ASYNC, T_SYNC, "f(1)", "intact"),
        (T_ASYNC, T_SYNC, "f(1).catch(g)", "broken"),
        ("function f(): void { g() }", "function f(): number { return 1 }", "f()", "intact"),
        ("function f(): number { return 1 }", "function f(): void { g() }", "x = f()", "broken"),
        ("function f() { return [a, b] }", "function f() { return [b, a] }", "const [x, y] = f()", "broken"),
        (*ONE, "const { b } = f()", "broken"),
        (*ONE, "const { a, ...b } = f()", "unknown"),
        (*ONE, "x = f().b", "broken"),
        ("function f(a: string) { g(a) }", "function f(a: string | null) { g(a) }", "f(null)", "intact"),
        ("function f(a: any) { g(a) }", "function f(a: string) { g(a) }", "f(true)", "broken"),
        (*TEXTS, "f('z')", "broken"),
        (*TEXTS, "f('x')", "intact"),
        ("function f(a: string) { g(a) }", "function f(a: unknown) { g(a) }", "f(x)", "intact"),
        ("const f = function (a) { return a }", "const f = (a) => a", "f(1)", "intact"),
        ("const f = function (a) { return this.a }", "const f = (a) => this.a", "f(1)", "unknown"),
        ("class F { a() {} }", "class F extends B { a() {} }", "new F()", "unknown"),
        ("class F { a() {} }", "class F { async a() {} }", "const x: F = y", ""),
        ("function f({ a, b }) { g(a, b) }", "function f({ a }) { g(a) }", "f({ a: 1, b: 2 })", "broken"),
        ("function f({ a }) { g(a) }", "function f({ a, b }) { g(a, b) }", "f(x)", "unknown"),
        ("function f({ a } = {}) { g(a) }", "function f({ b } = {}) { g(b) }", "f()", "unknown"),
    ],
)  # fmt: skip
def test_typescript(before: str, after: str, line: str, want: str) -> None:
    assert state("ts", f"export {before}", f"export {after}", line) == want


@pytest.mark.parametrize(
    ("before", "after", "line", "want"),
    [
        ("func F() int { return 1 }", "func F() (int, error) { return 1, nil }", "var a, b = F()", "intact"),
        ("func F() int { return 1 }", "func F() (int, error) { return 1, nil }", "var a = F()", "broken"),
        ("func F() int { return 1 }", "func F() { }", "func g() { x := F(); use(x) }", "broken"),
        (
            "func F() int { return 1 }",
            "func F() string { return s }",
            "func g() string { return F() }",
            "unknown",
        ),
        ("func F() int { return 1 }", "func F() string { return s }", "var a = F()", "unknown"),
        (
            "func F() map[string]int { return m }",
            "func F() map[string]int { return n }",
            "var a = F()",
            "intact",
        ),
        ("func F(a int) { }", "func F(a int) error { return e }", "var f func(int) = F", "unknown"),
        ("type F struct { A int }", "type F struct { A int; B int }", "var a = []F{{1}}", "unknown"),
        ("type F struct { A int }", "type F struct { A string }", "var a = F{A: x}", "unknown"),
    ],
)
def test_go(before: str, after: str, line: str, want: str) -> None:
    assert (
        state("go", f"package lib\n\n{before}\n", f"package lib\n\n{after}\n", line, "package lib\n\n")
        == want
    )


@pytest.mark.parametrize(
    ("before", "after", "line", "want"),
    [
        ("pub fn f() -> u8 { 1 }", "pub fn f() { }", "fn g() { let x = f(); }", "broken"),
        ("pub fn f() { }", "pub fn f() -> u8 { 1 }", "fn g() { f(); }", "intact"),
        (
            "pub fn f() -> u8 { 1 }",
            "pub fn f() -> Option<u8> { a }",
            "fn g() { let x = f().unwrap(); }",
            "unknown",
        ),
        ("pub fn f() -> Option<u8> { a }", "pub fn f() -> u8 { 1 }", "fn g() { f().is_some(); }", "broken"),
        ("pub async fn f() -> u8 { 1 }", "pub fn f() -> u8 { 1 }", "fn g() { let x = f(); }", "unknown"),
        ("pub struct F(pub u8);", "pub struct F(pub u8, pub u8);", "fn g(a: F) { let F(x) = a; }", "unknown"),
        ("pub fn f(a: u8) { }", "pub(crate) fn f(a: u8) { }", "fn g() { f(1); }", "broken"),
    ],
)
def test_rust(before: str, after: str, line: str, want: str) -> None:
    assert state("rs", before, after, line) == want


INT, DOUBT = "void f(int a) { g(a); }", "unknown"


@pytest.mark.parametrize(
    ("before", "after", "line", "want"),
    [
        ("int f(int a) { return a; }", "final int f(int a) { return a; }", "t.f(1);", "unknown"),
        ("int f(int a) { return a; }", "static int f(int a) { return a; }", "t.f(1);", "intact"),
        ("void f(Object a) { g(a); }", "void f(String a) { g(a); }", "t.f(null);", "intact"),
        ("void f(String a) { g(a); }", "void f(int a) { g(a); }", "t.f(null);", "broken"),
        ("void f(int a) { g(a); }", "void f(double a) { g(a); }", "t.f(n);", "intact"),
        (f"{INT}\nvoid f(String a) {{ g(a); }}", f"{INT}\nvoid f(String b) {{ h(b); }}", "t.f(1);", DOUBT),
        ("public void f() { }", "void f() { }", "t.f();", "intact"),
    ],
)  # fmt: skip
def test_java(before: str, after: str, line: str, want: str) -> None:
    first, second = (f"package lib;\nclass T {{\n{body}\n}}\n" for body in (before, after))
    assert state("java", first, second, f"class A {{ void m() {{ {line} }} }}", "package lib;\n") == want
