"""Files that belong together by their names: a file and its tests, its header, its mirror elsewhere. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_TEST_FOLDERS = frozenset(
    {
        "test",
        "tests",
        "testing",
        "unittest",
        "unittests",
        "__tests__",
        "spec",
        "specs",
        "e2e",
        "runtime-tests",
    }
)
_ASIDE_FOLDERS = frozenset(
    {"doc", "docs", "example", "examples", "_examples", "sample", "samples", "demo", "demos", "bench"}
    | {"benches", "benchmark", "benchmarks", "fixtures", "testdata", "vendor", "third_party"}
)
_TEST_PART = re.compile(r"^(?:tests?|spec)[._-]|[._-](?:tests?|spec|unittest)$|^conftest$|(?<=[a-z])Tests?$")
_INDEX = frozenset({"__init__", "index", "mod", "lib", "main"})


def stem_of(path: str) -> str:
    """A file's name without its extensions: `a/b.test.ts` is `b.test`, `a/b.d.ts` is `b.d`."""
    name = path.rpartition("/")[2]
    return name.rpartition(".")[0] or name


def is_test(path: str) -> bool:
    """True for files of tests, by folder or name."""
    folders = path.lower().split("/")[:-1]
    return any(folder in _TEST_FOLDERS for folder in folders) or bool(_TEST_PART.search(stem_of(path)))


def is_aside(path: str) -> bool:
    """True for tests, documentation, examples and benchmarks: code that no other code runs on."""
    folders = path.lower().split("/")[:-1]
    return is_test(path) or any(folder in _ASIDE_FOLDERS for folder in folders)


def subject(path: str) -> str:
    """What a file is about, by its name, in lower case: the same for a file and its tests.

    Of a file that only stands for its folder, `__init__.py` or `index.ts`, it is the folder.
    """
    stem = stem_of(path)
    while True:
        shorter = _TEST_PART.sub("", stem)
        if shorter == stem or not shorter:
            break
        stem = shorter
    if stem in _INDEX and "/" in path:
        stem = path.split("/")[-2]
    return stem.lower().strip("._-")


def kinship(path: str, others: Iterable[str]) -> dict[str, float]:
    """How near files stand to one by name, 0..1: 1 for the same subject, less where one holds the other.

    `test_utils_request.py` is kin of `utils/request.py`: its name holds the folder too.
    """
    own = subject(path)
    folder = subject_parts(path.rpartition("/")[0])
    found: dict[str, float] = {}
    for other in others:
        if other != path and (value := _kinship(own, folder, other)):
            found[other] = value
    return found


def subject_parts(text: str) -> Sequence[str]:
    """The words of a subject or a folder."""
    return [part for part in re.split(r"[^a-z0-9]+", text.lower()) if part]


def _kinship(own: str, folder: Sequence[str], other: str) -> float:
    theirs = subject(other)
    if not own or not theirs:
        return 0.0
    if own == theirs:
        return 1.0
    mine, parts = subject_parts(own), subject_parts(theirs)
    if not mine or not parts:
        return 0.0
    if parts[-len(mine) :] == mine and set(parts[: -len(mine)]) <= set(folder):
        return 0.9
    if mine[-len(parts) :] == parts and set(mine[: -len(parts)]) <= set(subject_parts(other)):
        return 0.8
    if parts[: len(mine)] == mine or mine[: len(parts)] == parts:
        return 0.6
    if set(mine) <= set(parts) or set(parts) <= set(mine):
        return 0.4
    return 0.0
