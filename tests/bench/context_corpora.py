"""Code to measure selection on: installed packages, copied, with the cursors and the truth drawn from them.

Nothing but the checkout and its installed tools is needed. A name counts as defined elsewhere when exactly
one definition of it exists in the corpus, in another file, and nothing else (no parameter, no local, no
attribute) bears that name.
"""

from __future__ import annotations

import builtins
import importlib.util
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from tests.bench.context_truth import READERS

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ("rich", "httpx2", "hypothesis", "pydantic")
TYPESCRIPT = {"msal-browser": "@azure/msal-browser/src", "ajv": "ajv/lib"}
"""Packages among our tools' own dependencies that carry their sources."""

LARGEST = 400_000
AFTER = 20
"""Lines after the hidden one in which a definition that was sent counts as of use."""
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_IMPORT = re.compile(r"\s*(import|from|export \*|export \{)\b")
_OWN = (str, bytes, list, dict, set, tuple, int, re.Pattern, Path)
_COMMON = frozenset(chain(dir(builtins), *map(dir, _OWN)))
"""Members of Python's own types: one definition in a package says nothing about whose `append` is meant."""


class Place(NamedTuple):
    """A definition: its file and the 1-based line of its name."""

    path: str
    line: int


class Wanted(NamedTuple):
    """A name of the hidden line that is defined in another file, and where else the buffer has it.

    `stratum` is "seen" (elsewhere in the buffer's code), "imported" (in its imports only) or "unseen".
    """

    name: str
    place: Place
    stratum: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """A line to hide: 1-based `line`, 0-based `column` of its first letter. `named` is every word of the
    hidden line and of the lines shortly after it."""

    path: str
    line: int
    column: int
    wanted: tuple[Wanted, ...]
    named: frozenset[str]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Sources of one package by path, without what is hidden, and every definition in them."""

    name: str
    language: str
    files: Mapping[str, str]
    definitions: Mapping[str, Sequence[tuple[str, int]]]
    bound: frozenset[str]
    """Names of parameters, locals and attributes, which say nothing of a definition elsewhere."""

    def lines(self, path: str) -> list[str]:
        return self.files[path].split("\n")

    def calls(self, path: str) -> Sequence[tuple[str, int]]:
        return READERS[self.language].calls(self.files[path])

    def write(self, root: Path, hidden: Iterable[Cursor] = ()) -> None:
        """Put the sources below a folder, the lines of the cursors blank but for their indentation."""
        texts = dict(self.files)
        for cursor in hidden:
            texts[cursor.path] = blanked(texts[cursor.path], cursor)
        for path, text in texts.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")

    def unique(self) -> dict[str, Place]:
        """Names with one definition in the whole corpus and no other meaning."""
        places: dict[str, list[Place]] = defaultdict(list)
        for path, found in self.definitions.items():
            for name, line in found:
                places[name].append(Place(path, line))
        single = {name: found[0] for name, found in places.items() if len(found) == 1 and len(name) > 3}
        other = self.bound | _COMMON if self.language == "python" else self.bound
        return {name: place for name, place in single.items() if name not in other}


def blanked(text: str, cursor: Cursor) -> str:
    """A file's text with the cursor's line hidden."""
    lines = text.split("\n")
    lines[cursor.line - 1] = " " * cursor.column
    return "\n".join(lines)


def corpus(name: str) -> Corpus | None:
    """Read a package, or None if it is not installed here with its sources."""
    if name in TYPESCRIPT:
        folder, language, ending = ROOT / "node_modules" / TYPESCRIPT[name], "typescript", ".ts"
    else:
        spec = importlib.util.find_spec(name)
        places = list(spec.submodule_search_locations or ()) if spec else []
        folder, language, ending = Path(places[0] if places else "/nowhere"), "python", ".py"
    files = dict(_sources(folder, ending)) if folder.is_dir() else {}
    if not files:
        return None
    reader = READERS[language]
    bound = frozenset(chain.from_iterable(map(reader.bound, files.values())))
    return Corpus(
        name, language, files, {path: reader.definitions(text) for path, text in files.items()}, bound
    )


def _sources(folder: Path, ending: str) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*" + ending)):
        inside = path.relative_to(folder)
        if path.name.endswith(".d.ts") or "_vendor" in inside.parts or path.stat().st_size > LARGEST:
            continue
        yield (Path(folder.name) / inside).as_posix(), path.read_text(encoding="utf-8", errors="replace")


def cursors(code: Corpus, count: int, seed: int) -> list[Cursor]:
    """Up to `count` lines to hide, at most one a file before any file gets its second.

    Every other file gives first the lines that need a name it has nowhere else: they are rare, and hard.
    """
    chance = random.Random(seed)
    unique = code.unique()
    paths = [path for path, text in code.files.items() if text.count("\n") > 25 and not _is_test(path)]
    chance.shuffle(paths)
    waiting = {path: _candidates(code, path, unique, chance, bool(n % 2)) for n, path in enumerate(paths)}
    chosen: list[Cursor] = []
    while waiting and len(chosen) < count:
        for path in list(waiting):
            found = next(waiting[path], None)
            if found is None:
                del waiting[path]
            elif len(chosen) < count:
                chosen.append(found)
    return chosen


def _is_test(path: str) -> bool:
    return any(part.startswith("test") for part in path.split("/"))


def _candidates(
    code: Corpus, path: str, unique: Mapping[str, Place], chance: random.Random, unseen_first: bool
) -> Iterator[Cursor]:
    lines = code.lines(path)
    names = READERS[code.language].names(code.files[path])
    words = Counter(_WORD.findall(code.files[path]))
    imported = Counter(_WORD.findall("\n".join(line for line in lines if _IMPORT.match(line))))
    numbers = [number for number in names if number > 10 and _whole(lines[number - 1])]
    chance.shuffle(numbers)
    found = []
    for number in numbers:
        line = lines[number - 1]
        here = Counter(_WORD.findall(line))
        wanted = []
        for name in dict.fromkeys(names[number]):
            if name in unique and unique[name].path != path:
                rest = words[name] - here[name]
                stratum = "unseen" if not rest else "imported" if rest <= imported[name] else "seen"
                wanted.append(Wanted(name, unique[name], stratum))
        if wanted:
            after = "\n".join(lines[number - 1 : number + AFTER])
            column = len(line) - len(line.lstrip())
            found.append(Cursor(path, number, column, tuple(wanted), frozenset(_WORD.findall(after))))
    if unseen_first:
        found.sort(key=lambda cursor: all(want.stratum != "unseen" for want in cursor.wanted))
    yield from found


def _whole(line: str) -> bool:
    """Whether a line can stand for itself: of fair length, no import or comment, its brackets closed."""
    code = line.strip()
    if not 12 <= len(code) <= 160 or _IMPORT.match(code) or code.startswith(("#", "//", "*", "/*", "@")):
        return False
    return (
        all(code.count(first) == code.count(last) for first, last in ("()", "[]", "{}")) or code[-1] in "{:"
    )
