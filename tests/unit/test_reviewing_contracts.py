"""Contracts that a change broke, and the calls that relied on them, found by the real index."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from counterpoint.context.blocks import Outline
from counterpoint.context.outlining import outline_of
from counterpoint.context.parsing import encoded, parse
from counterpoint.context.question import Question, Selection, Site
from counterpoint.index.client import Index
from counterpoint.project import Project
from counterpoint.reviewing.contracts import Broken, broken, broken_in, callers_of
from counterpoint.text import Document

SECONDS = 30.0
LIBRARY = """def f(a):
    return a


def g(a):
    return f(a)


class C:
    def __init__(self, x):
        self.x = x

    def run(self):
        return self.x
"""
USER = """from lib import C, f


def use():
    return f(1)


def other():
    return 2


made = C(3)


def runs(one: C):
    return one.run()
"""
PERHAPS = "def perhaps(thing):\n    return thing.run(4)\n"


def outline(text: str) -> Outline:
    return outline_of(parse("python", encoded(text)))


def names(text: str) -> list[str]:
    return [block.name for block in broken(outline(LIBRARY), outline(text))]


def test_a_contract_is_broken_where_callers_see_it() -> None:
    assert names(LIBRARY) == []
    assert names(LIBRARY.replace("return f(a)", "return f(a) + 1")) == []
    assert names(f"def h(): pass\n{LIBRARY}") == []
    assert names(LIBRARY.replace("def f(a)", "def f(a, b)")) == ["f"]
    assert names(LIBRARY.replace("def g(a)", "def k(a)")) == ["g"]
    assert names(LIBRARY.replace("self, x", "self, x, y")) == ["C.__init__"]
    assert [block.name for block in broken(outline(LIBRARY), Outline(()))] == [
        "f",
        "g",
        "C",
        "C.__init__",
        "C.run",
    ]


def test_what_the_parser_lost_has_not_gone() -> None:
    cut = LIBRARY.replace("    return a\n", "    return (a\n")
    assert outline(cut).errors
    assert "g" not in [block.name for block in outline(cut).blocks]
    assert "g" not in names(cut)


def test_what_is_gone_is_told_with_its_old_document() -> None:
    was, now = (
        Document.of("lib.py", text, "python") for text in (LIBRARY, LIBRARY.replace("def f(", "def k("))
    )
    (one,) = broken_in(now, outline(now.text), was, outline(LIBRARY))
    assert (one.gone, one.document, one.why, one.symbol) == (True, was, "calls f, which is gone", "f")
    assert broken_in(now, outline(now.text), None, None) == ()


def test_a_constructor_is_called_by_the_name_of_its_class() -> None:
    document = Document.of("lib.py", LIBRARY, "python")
    block = next(one for one in outline(LIBRARY).blocks if one.name == "C.__init__")
    assert Broken(document, block).symbol == "C"


@pytest_asyncio.fixture
async def index(tmp_path: Path) -> AsyncIterator[Index]:
    for name, text in (("lib.py", LIBRARY), ("user.py", USER), ("perhaps.py", PERHAPS)):
        (tmp_path / name).write_text(text)
    found = Index(tmp_path, watch=False)
    async with asyncio.timeout(SECONDS):
        while not await found.defining("perhaps", SECONDS):
            await asyncio.sleep(0.05)
    yield found
    await asyncio.wait_for(found.close(), SECONDS)


async def callers(index: Index, root: Path, text: str) -> list[tuple[str, str, str]]:
    was, now = (Document.of("lib.py", one, "python") for one in (LIBRARY, text))
    (root / "lib.py").write_text(text)
    found = broken_in(now, outline(text), was, outline(LIBRARY))
    units = await callers_of(found, index.select, index.outline, Project(root), SECONDS)
    return [(unit.path, unit.block.name, unit.why) for unit in units]


@pytest.mark.asyncio
async def test_certain_calls_make_units_and_possible_ones_are_told(index: Index, tmp_path: Path) -> None:
    found = await callers(index, tmp_path, LIBRARY.replace("def f(a)", "def f(a, b)"))
    why = "calls f, whose contract changed"
    assert sorted(found) == [("lib.py", "g", why), ("user.py", "use", why)]
    found = await callers(index, tmp_path, LIBRARY.replace("run(self)", "run(self, a)"))
    why = "calls C.run, whose contract changed (may be called at perhaps.py:2 as well)"
    assert found == [("user.py", "runs", why)]


@pytest.mark.asyncio
async def test_callers_of_what_is_gone_are_found_by_the_text_that_had_it(
    index: Index, tmp_path: Path
) -> None:
    found = await callers(index, tmp_path, LIBRARY.replace("def f(a)", "def k(a)"))
    assert {(path, name) for path, name, _ in found} == {("lib.py", "g"), ("user.py", "use")}
    assert all(why.startswith("calls f, which is gone") for _, _, why in found)


@pytest.mark.asyncio
async def test_a_constructor_has_callers_too(index: Index, tmp_path: Path) -> None:
    found = await callers(index, tmp_path, LIBRARY.replace("self, x", "self, x, y"))
    assert [(path, name) for path, name, _ in found] == [("user.py", "")]


@pytest.mark.asyncio
async def test_what_is_not_known_in_time_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "user.py").write_text(USER)
    document = Document.of("lib.py", LIBRARY, "python")
    one = Broken(document, outline(LIBRARY).blocks[0])
    site = Site("user.py", 4, True, "import")

    async def select(question: Question, seconds: float) -> Selection:
        assert question.symbol == "f"
        return Selection(sites=(site, replace(site, path="gone.py"), replace(site, certain=False)))

    async def nothing(documents: object, seconds: float) -> tuple[None, ...]:
        return (None,)

    assert await callers_of([one], select, nothing, Project(tmp_path), 1.0) == ()
