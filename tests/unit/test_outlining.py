"""Blocks and their digests: what formatting, moving and changing do to them."""

from __future__ import annotations

import random
import subprocess
import sysconfig
from collections import Counter
from pathlib import Path

import pytest

from counterpoint.context.blocks import Block, Outline, whole
from counterpoint.context.outlining import outline_of
from counterpoint.context.parsing import encoded, parse, with_line_feeds
from counterpoint.text import Document
from tests.unit.live_samples import SAMPLES
from tests.unit.outlining_samples import CHANGED, REFORMATTED


def outline(text: str, language: str = "python") -> Outline:
    return outline_of(parse(language, with_line_feeds(encoded(text))))


def named(text: str, language: str = "python") -> dict[str, Block]:
    return {block.name: block for block in outline(text, language).blocks}


@pytest.mark.parametrize("language", REFORMATTED)
def test_reformatting_changes_no_digest(language: str) -> None:
    first, second = (outline(text, language) for text in REFORMATTED[language])
    assert (first.errors, second.errors) == (0, 0)
    assert [(one.name, one.digest) for one in first.blocks] == [
        (one.name, one.digest) for one in second.blocks
    ]
    assert [(one.name, one.contract) for one in first.blocks] == [
        (one.name, one.contract) for one in second.blocks
    ]
    assert [one.calls for one in first.blocks] == [one.calls for one in second.blocks]
    assert len(first.blocks) > 1 or language == "typescriptreact"


@pytest.mark.parametrize(("language", "one", "other"), CHANGED)
def test_what_means_something_else_has_another_digest(language: str, one: str, other: str) -> None:
    assert {b.digest for b in outline(one, language).blocks} != {
        b.digest for b in outline(other, language).blocks
    }


@pytest.mark.parametrize("language", SAMPLES)
def test_blocks_share_no_line_and_leave_none_out(language: str) -> None:
    text = SAMPLES[language]
    document = Document.of("a", text, language)
    seen = Counter[int]()
    for block in outline(text, language).blocks:
        assert block.pieces[0][0] == block.first_line
        assert block.pieces[-1][1] == block.last_line
        seen.update(n for first, last in block.pieces for n in range(first, last + 1))
    assert set(seen.values()) <= {1}
    assert {n for n in range(len(document.lines)) if document.line(n).strip()} <= set(seen)


def test_moving_and_renaming_elsewhere_changes_nothing_here() -> None:
    a = "def a(x):\n    local = x\n    return local\n"
    b = "def b(y):\n    return a(y) + 1\n"
    first, second = (
        named(f"import os\n\n{a}\n\n{b}"),
        named(f"{b}\n\n{a.replace('local', 'other')}\n\nimport os\n"),
    )
    assert first["b"].digest == second["b"].digest
    assert first[""].digest == second[""].digest
    assert first["a"].digest != second["a"].digest
    assert first["a"].contract == second["a"].contract
    assert named(b)["b"].digest == first["b"].digest


def test_a_class_is_a_head_and_its_methods() -> None:
    text = (
        "@dataclass\nclass A(B):\n    '''Doc.'''\n\n    x: int\n\n"
        "    # One.\n    def one(self):\n        return 1\n\n"
        "    y = 2\n\n    class In:\n        def two(self): pass\n"
    )
    found = outline(text).blocks
    assert [(one.name, one.kind, one.pieces) for one in found] == [
        ("A", "class", ((0, 4), (10, 10))),
        ("A.one", "method", ((6, 8),)),
        ("A.In", "class", ((12, 12),)),
        ("A.In.two", "method", ((13, 13),)),
    ]
    assert (found[0].first_line, found[0].last_line, found[0].name_line) == (0, 10, 1)
    assert found[0].lines == 6


def test_what_is_handed_to_a_framework_is_a_block() -> None:
    text = """import { it } from 'x'

const all = describe

describe('parser', () => {
  const one = 1
  // A case.
  it('reads. all', async () => { expect(one).toBe(1) })
  function helper() { return 2 }
})

app.get("/", (req, res) => {
  res.send(1)
})

;(function () {
  function inner() { return 3 }
})()
run(x => x + 1)
"""
    found = outline(text, "javascript").blocks
    assert [(one.name, one.kind, one.pieces, bool(one.contract)) for one in found] == [
        ("describe parser", "call", ((4, 5), (9, 9)), False),
        ("describe parser.it reads all", "call", ((6, 7),), False),
        ("describe parser.helper", "method", ((8, 8),), True),
        ("app get /", "call", ((11, 13),), False),
        ("inner", "function", ((16, 16),), True),
        ("", "module", ((0, 2), (15, 15), (17, 18)), False),
    ]
    moved = text.replace("// A case.\n", "").replace("async () => { expect", "async () => {\n expect")
    assert {one.digest for one in outline(moved, "javascript").blocks} == {one.digest for one in found}
    spec = "describe A do\n  it 'does' do\n    a\n  end\nend\n"
    assert list(named(spec, "ruby")) == ["describe", "describe.it does"]


def test_equal_methods_of_two_classes_are_two() -> None:
    found = named("class A:\n    def m(self): return 1\nclass B:\n    def m(self): return 1\n")
    assert found["A.m"].digest != found["B.m"].digest


def test_minified_code_is_one_block() -> None:
    found = outline("function a(){return 1}function b(){return 2}var c=a()+b();\n", "javascript").blocks
    assert sum(block.lines for block in found) == 1


def test_lone_carriage_returns_end_lines() -> None:
    found = named("x = 1\r\rdef f():\r    return 1\r")
    assert found["f"].pieces == ((2, 3),)


def test_chains_as_deep_as_generated_code_has_them() -> None:
    assert len(outline(f"x = {'(' * 800}1{')' * 800}\ny = {' + '.join(['1'] * 5000)}\n").blocks) == 1
    ladder = "if (a) {}" + " else if (b) {}" * 3000
    assert len(outline(ladder, "javascript").blocks) == 1


def test_what_does_not_parse_is_counted_and_taken_apart_all_the_same() -> None:
    found = outline("def a():\n    return (\n\ndef b():\n    return 1\n")
    assert found.errors
    assert "b" in "".join(block.name for block in found.blocks) or len(found.blocks) == 1
    assert outline("def a():\n    return 1\n").errors == 0


def test_a_text_without_a_grammar_is_one_block() -> None:
    one, other = whole("a:\n  b\n"), whole("a:\n\n  b   \n")
    assert one.source == "words"
    assert one.blocks[0].digest == other.blocks[0].digest != whole("a:\nb\n").blocks[0].digest
    assert whole(" \n\n").blocks == ()
    assert outline("# only a comment\n").blocks == ()


# -- contracts


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f(a, b): pass", "def f(b, a): pass"),
        ("def f(a): pass", "def f(a, b=1): pass"),
        ("def f(a=1): pass", "def f(a=2): pass"),
        ("def f(a): pass", "def f(*, a): pass"),
        ("def f(a): pass", "def f(*a): pass"),
        ("def f(a): pass", "def f(a: int): pass"),
        ("def f(a): pass", "async def f(a): pass"),
        ("def f(a): return 1", "def f(a): yield 1"),
        ("def f(a): return 1", "def f(a): return 1, 2"),
        ("def f(a): return a.b", "def f(a):\n  if a: return None\n  return a.b"),
        ("def f(a): return {'k': 1}", "def f(a): return {'l': 1}"),
        ("@property\ndef f(a): pass", "def f(a): pass"),
        ("class A:\n  x: int", "class A:\n  x: str"),
        ("class A(B): pass", "class A(C): pass"),
    ],
)
def test_a_contract_is_what_callers_see(one: str, other: str) -> None:
    assert outline(one).blocks[0].contract != outline(other).blocks[0].contract


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("def f(a): return a + 1", "def f(a): return a + 2"),
        ("def f(a): return a", "def f(a):\n  def g(): return 1, 2\n  return g"),
        ("def f(a): return a", "def f(a):\n  return [1 for x in a]"),
        ("def f(a) -> int: return a", "def f(a) -> int: return a, 1"),
        ("@cache(1)\ndef f(a): pass", "@cache(2)\ndef f(a): pass"),
        ("class A:\n  x: int = 1", "class A:\n  x: int = 2"),
        ("class A:\n  _x: int = 1", "class A:\n  _y: int = 1"),
        ("class A:\n  '''One.'''", "class A:\n  '''Two.'''"),
    ],
)
def test_a_contract_is_not_how_it_is_done(one: str, other: str) -> None:
    assert outline(one).blocks[0].contract == outline(other).blocks[0].contract != ""


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("typescript", "export function f(a: string) { return 1 }", "function f(a: string) { return 1 }"),
        ("typescript", "const f = (a: string) => 1", "const f = (a?: string) => 1"),
        (
            "go",
            "package m\nfunc F(a int) int { return a }",
            "package m\nfunc F(a int) (int, error) { return a, nil }",
        ),
        ("rust", "pub fn f() {}", "fn f() {}"),
        ("rust", "struct S { a: i32 }", "struct S { a: i64 }"),
        ("java", "interface I { int f(); }", "interface I { long f(); }"),
        ("ruby", "def f(a)\n  1\nend", "def f(a, b: 1)\n  1\nend"),
        ("php", "<?php\nfunction f($a) {}", "<?php\nfunction f($a = 1) {}"),
    ],
)
def test_contracts_of_other_languages(language: str, one: str, other: str) -> None:
    def contracts(text: str) -> set[str]:
        return {block.contract for block in outline(text, language).blocks} - {""}

    assert contracts(one) != contracts(other)


def test_calls_are_what_a_block_refers_to_outside_of_it() -> None:
    text = (
        "def f(a, *, b=LIMIT):\n    c = helper(a)\n    for d in c.rows(): g(key=d)\n"
        "    with o() as e: e.run(map(parse, b))\n"
    )
    assert set(named(text)["f"].calls) == {"LIMIT", "helper", "rows", "g", "o", "run", "map", "parse"}


# -- whole files


def test_names_of_blocks_by_language() -> None:
    found = {
        language: [block.name for block in outline(REFORMATTED[language][1], language).blocks if block.name]
        for language in ("javascript", "go", "rust", "cpp", "csharp", "ruby", "shellscript")
    }
    assert found == {
        "javascript": ["f", "A", "A.get", "g"],
        "go": ["T", "T.M"],
        "rust": ["S", "S", "S.f"],
        "cpp": ["C", "C.f", "n.C.g"],
        "csharp": ["C", "C.F"],
        "ruby": ["A", "A.m"],
        "shellscript": ["f"],
    }


def test_a_formatter_changes_next_to_no_digest_of_real_files(tmp_path: Path) -> None:
    packages = Path(sysconfig.get_paths()["purelib"])
    names = sorted(path for path in packages.glob("*/*.py") if 2_000 < path.stat().st_size < 30_000)
    chosen = [path.read_bytes() for path in random.Random(7).sample(names, 40)]
    texts = [
        data for data in chosen if not parse("python", data).tree.root_node.has_error and b"\r" not in data
    ]
    for number, data in enumerate(texts):
        (tmp_path / f"{number}.py").write_bytes(data)
    options = ["--isolated", "-q", "--line-length", "60", "--config", "format.quote-style='single'"]
    subprocess.run(
        [Path(sysconfig.get_path("scripts"), "ruff"), "format", *options, str(tmp_path)],
        check=True,
        timeout=60,
    )
    equal = total = 0
    for number, data in enumerate(texts):
        before = Counter(block.digest for block in outline_of(parse("python", data)).blocks)
        after = outline_of(parse("python", (tmp_path / f"{number}.py").read_bytes())).blocks
        equal += (before & Counter(block.digest for block in after)).total()
        total += before.total()
    assert total > 200
    assert equal >= 0.995 * total
