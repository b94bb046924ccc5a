"""How a project tests: its framework, the test file of a module, a neighbour to imitate. Reads files.

What is found goes into the prompt as lines of those files, and in words: nothing of it is guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from counterpoint.context.kin import is_test, kinship, stem_of, subject
from counterpoint.pairing.frameworks import Named, framework_by_files, framework_by_tests
from counterpoint.text import Document, Files

Piece = tuple[str, int, int]
_MODEL, _OWN = 120, 320
"""Lines that are shown of a file to imitate, and of the one that is to be extended."""
_HEAD = 60
_ROUND = 12
_LONGEST = 60_000
"""Characters of a test file that are looked at."""
_READ = 120
"""Test files that are read in search of one that imports the module."""
_CODE = frozenset(
    {
        ".py", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".go", ".rs", ".java", ".kt",
        ".rb", ".php", ".cs", ".c", ".cc", ".cpp", ".swift", ".scala", ".lua",
    }
)  # fmt: skip
_SCRIPTS = frozenset({".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"})
_ALIKE = (_SCRIPTS, frozenset({".java", ".kt"}), frozenset({".c", ".cc", ".cpp"}))
_TESTS = re.compile(
    r"\bdef test|\b(?:test|it|describe)\s*\(|\bfunc (?:Test|test)|@Test\b|#\[(?:\w+::)?test"
    r"|\[(?:Fact|Test|Theory)|\bTEST(?:_F|_P|_CASE)?\s*\(|TestCase"
    r"|\b(?:it|describe|test) ['\"]|function test|@ParameterizedTest"
)
"""What a file says that holds tests, and not only what tests need."""
_SAME_SUBJECT = 0.8
"""Kinship from which a file of tests is about a file."""
_FOLDERS = frozenset({"test", "tests", "__tests__", "spec", "specs", "testing", "src", "lib", "main"})


@dataclass(frozen=True, slots=True)
class HowTested:
    """`told` are the words, `pieces` the lines of other files that show it. `existing` is the test file of
    the module, "" if there is none; `place` is where the tests belong."""

    framework: Named | None
    existing: str
    model: str
    place: str
    told: str
    pieces: tuple[Piece, ...]


def how_tested(document: Document, symbol: str, files: Files) -> HowTested:
    """What the project shows of its tests, for code of a document. Reads files, hence for a thread."""
    paths = files.paths()
    tests = [path for path in paths if _holds_tests(path) and _alike(path, document.path)]
    tests = [path for path in tests if path != document.path]
    tests.sort(key=lambda path: (_distance(path, document.path), path))
    existing, how = _existing(document, tests, symbol, files)
    model = next((path for path in tests[:_READ] if path != existing and _speaks(path, files)), "")
    shown = next((one for one in (existing, model) if one), "")
    framework = _framework(document, shown, files)
    place = existing or _place(document.path, model, frozenset(paths))
    pieces = tuple(_pieces(existing, model, framework, symbol, files))
    told = "".join(_words(document, existing, how, model, place, framework))
    return HowTested(framework, existing, model, place, told, pieces)


def _holds_tests(path: str) -> bool:
    """Whether a file's place or name says that it holds tests in a language of code."""
    parts = PurePosixPath(path)
    return parts.suffix in _CODE and parts.name not in ("conftest.py", "__init__.py") and is_test(path)


def _alike(path: str, other: str) -> bool:
    """Whether two files may be of one language."""
    one, two = PurePosixPath(path).suffix, PurePosixPath(other).suffix
    return one == two or any({one, two} <= group for group in _ALIKE)


def _distance(path: str, other: str) -> int:
    """How far apart two files lie; folders that tests and sources have anyway do not count."""
    one, two = (frozenset(PurePosixPath(name).parts[:-1]) - _FOLDERS for name in (path, other))
    return len(one ^ two)


def _existing(document: Document, tests: Sequence[str], symbol: str, files: Files) -> tuple[str, str]:
    """The test file of a module and how it is known to be that: by its name, or by what it imports."""
    near = kinship(document.path, tests)
    by_name = [path for path in tests if near.get(path, 0.0) >= _SAME_SUBJECT and _speaks(path, files)]
    if by_name:
        return max(by_name, key=lambda path: near[path]), "by its name"
    stem = PurePosixPath(document.path).stem
    if stem in ("__init__", "index", "mod", "main", "lib"):
        stem = PurePosixPath(document.path).parent.name or stem
    imports = re.compile(
        rf"(?:\bimport\b|\bfrom\b|\brequire\b|\buse\b|#include|\busing\b).*\b{re.escape(stem)}\b"
    )
    name = re.compile(rf"\b{re.escape(symbol)}\b") if symbol else None
    best: tuple[int, str] = (0, "")
    for path in tests[:_READ]:
        read = files.read(path)
        if read is None or not any(imports.search(line[:400]) for line in read.lines[:200]):
            continue
        score = 1 + (sum(1 for line in read.lines if name.search(line)) if name else 0)
        if score > best[0]:
            best = (score, path)
    return best[1], "by what it imports" if best[1] else ""


def _speaks(path: str, files: Files) -> bool:
    """Whether there are tests in a file."""
    read = files.read(path)
    return read is not None and _TESTS.search(read.text[:_LONGEST]) is not None


def _framework(document: Document, shown: str, files: Files) -> Named | None:
    found = framework_by_files(document.path, document.language, files)
    read = files.read(shown) if shown else None
    imported = framework_by_tests(document.language, shown, read.lines) if read is not None else None
    # What the tests themselves import is what is used here, whatever else the project has installed.
    return imported or found


def _place(path: str, model: str, paths: frozenset[str]) -> str:
    """Where the tests of a module belong by the place and the name of its neighbour; "" if nothing tells."""
    here, there = PurePosixPath(path), PurePosixPath(model)
    stem = stem_of(model)
    at = stem.lower().find(subject(model)) if model else -1
    if at < 0 or subject(model) == stem.lower():
        return ""
    about = stem[at : at + len(subject(model))]
    name = f"{stem[:at]}{here.stem}{stem[at + len(about) :]}{there.suffix}"
    beside = str(there.parent / f"{about}{here.suffix}") in paths
    return str((here.parent if beside else there.parent) / name)


def _pieces(existing: str, model: str, framework: Named | None, symbol: str, files: Files) -> Iterator[Piece]:
    if existing and (read := files.read(existing)) is not None:
        yield from _parts(read, symbol)
    if model and (not existing or _is_small(existing, files)) and (read := files.read(model)) is not None:
        yield model, 0, min(len(read.lines), _MODEL) - 1
    if framework and framework.line >= 0 and framework.path not in (existing, model):
        yield framework.path, max(0, framework.line - 2), framework.line + 2


def _parts(read: Document, symbol: str) -> Iterator[Piece]:
    """Of the module's test file all, or of a long one its head, its end and where it speaks of the symbol."""
    count = len(read.lines)
    if count <= _OWN:
        if count:
            yield read.path, 0, count - 1
        return
    name = re.compile(rf"\b{re.escape(symbol)}\b") if symbol else None
    hits = [at for at, line in enumerate(read.lines) if name and name.search(line)]
    wanted = {*range(_HEAD), *range(count - _HEAD, count)}
    for at in hits[:8]:
        wanted.update(range(max(0, at - _ROUND), min(count, at + _ROUND)))
    rows = sorted(wanted)
    start = rows[0]
    for row, following in zip(rows, [*rows[1:], -1], strict=True):
        if following != row + 1:
            yield read.path, start, row
            start = following


def _is_small(path: str, files: Files) -> bool:
    read = files.read(path)
    return read is not None and len(read.lines) < _MODEL // 2


def _words(
    document: Document, existing: str, how: str, model: str, place: str, framework: Named | None
) -> Iterator[str]:
    yield "What the project shows of its tests:\n"
    if framework is not None:
        where = f", line {framework.line + 1}: {framework.text}" if framework.line >= 0 else ""
        yield f"- The framework is {framework.framework} ({framework.path}{where}).\n"
    else:
        yield "- Nothing names a framework.\n"
    if existing:
        yield f"- {existing} tests this file already, {how}: extend it, in its style.\n"
    else:
        yield "- No file tests this one yet.\n"
        if place:
            yield f"- By the place and name of its neighbours the tests belong into {place}.\n"
    if model:
        yield f"- {model} is a test file near it: imitate how it is written.\n"
    if document.language == "rust" and any("#[cfg(test)]" in line for line in document.lines):
        yield "- The file has a module of tests itself, marked #[cfg(test)]: its unit tests belong there.\n"
