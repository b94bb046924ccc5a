"""What became of the files of an earlier commit: the names they have had since, and who lost a secret.

Whoever keeps a file back names it as it is called today. Code of another day has it under another name: it is
kept back where any of its names is. Renames and copies are read from git, each commit once. Where git cannot
follow a file, since contents are missing or it takes too long, the file is kept back.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from counterpoint.errors import UsageError
from counterpoint.git import Git
from counterpoint.text import LANGUAGES

Guard = Callable[[str, str], str | None]
"""Why a path goes with a text, or may go to a vendor, no further; None where it may."""
_CLEANED = "a later commit took a secret out of it"
_LOST = "git cannot tell what it is called today"
_RAW = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-abbrev", "--raw", "-z")
_LIKE = ("--find-renames=40%", "-l3000", "--diff-filter=RC")
_COPIED = "--find-copies=40%"
"""What was cut out of a file into one that is kept back was in it before: it is kept back as it was."""
_AT_ONCE = 500
"""So many commits are named in one command line, which systems limit."""
_NOUN = (
    "(secret|password|passphrase|credential|private key"
    "|(api|access|secret|signing|encryption)[ _-]?(key|token)|auth(entication)? token|bearer token)s?"
)
_WORDS = "([[:alnum:]_'\"`/.-]+ ){0,3}"
_TAKEN = (
    f"(remov|delet|purg|scrub|strip|redact|revok|rotat|wip|get rid of)[a-z]* {_WORDS}{_NOUN}",
    f"(leak|expos|commit|hard-?cod|accidental)[a-z]* {_WORDS}{_NOUN}",
    f"{_NOUN} {_WORDS}(leak|expos|committed|hard-?coded|by (mistake|accident))",
)
"""Ways of saying that a secret was there and is to be no longer. Rather one too many: a question less."""


class _Log(Git):
    """What git tells of commits that came later. Paths are seen from the top of the work tree."""

    def later(self, revision: str) -> tuple[str, ...]:
        """The commits that HEAD has and an earlier one has not."""
        return tuple(self._run("rev-list", "HEAD", f"^{revision}", "--").split())

    def files(self) -> frozenset[str]:
        """The files that HEAD has."""
        return frozenset(self._run("ls-tree", "-r", "-z", "--name-only", "--full-tree", "HEAD").split("\0"))

    def renamed(self, commits: Sequence[str]) -> Iterator[tuple[str, tuple[str, str]]]:
        """Each rename and copy with its commit, against each of that one's parents."""
        log = ("log", "--no-walk=unsorted", "--no-show-signature", "--diff-merges=separate")
        yield from _pairs(self._following(*log, "--format=%x01%H", *_RAW, *_LIKE, _COPIED, *commits))

    def moved(self, *sides: str) -> Iterator[tuple[str, str]]:
        """Renames between two sides of a diff."""
        yield from (pair for _, pair in _pairs(self._following("diff", *_RAW, *_LIKE, *sides)))

    def cleaned(self, commits: Sequence[str]) -> Iterator[tuple[str, str]]:
        """The files of the commits that say that a secret was taken out, each with its commit."""
        said = [word for one in _TAKEN for word in ("--grep", one)]
        log = ("log", "--no-walk=unsorted", "--no-show-signature", "-i", "-E", *said, "--format=%x01%H")
        for commit, row in _rows(self._run(*log, *_RAW, "--no-renames", "-m", *commits, "--")):
            yield commit, row[-1]

    def _following(self, *command: str) -> str:
        """With all files; of a clone that lacks contents, often the large ones only, with those of code."""
        try:
            return self._run(*command, "--")
        except UsageError:
            return self._run(*command, "--", *(f":(top,icase)*{ending}" for ending in sorted(LANGUAGES)))


@dataclass(frozen=True, slots=True)
class Since:
    """The files of one commit as they are called today. `prefix` is the workspace, seen from the top."""

    prefix: str = ""
    moves: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    cleaned: frozenset[str] = frozenset()
    lost: bool = False

    def names(self, path: str) -> tuple[str, ...]:
        """A path of the commit and all it has been called up to now, workspace-relative; what lies outside of
        the workspace begins with `/`."""
        found = dict.fromkeys(_closure(self.moves, f"{self.prefix}{path}"))
        return tuple(
            one.removeprefix(self.prefix) if one.startswith(self.prefix) else f"/{one}" for one in found
        )

    def guard(self, inner: Guard) -> Guard:
        """A guard that keeps a file back where it would under any of its names, with the file's text."""

        def guarded(path: str, text: str) -> str | None:
            return self._why(path) or self._first(inner, path, text)

        return guarded

    def barred(self, inner: Guard) -> Guard:
        """The same for whether a vendor may see a file."""
        return lambda path, provider: self._first(inner, path, provider)

    def _why(self, path: str) -> str | None:
        if self.lost:
            return _LOST
        names = _closure(self.moves, f"{self.prefix}{path}")
        return _CLEANED if any(name in self.cleaned for name in names) else None

    def _first(self, inner: Guard, path: str, about: str) -> str | None:
        for name in self.names(path):
            if why := inner(name, about):
                return why if name == path else f"it became {name.lstrip('/')}: {why}"
        return None


class Followed:
    """Reads what became of files in one repository. Safe to use from several threads; runs git."""

    def __init__(self, root: Path) -> None:
        self._git = _Log(root)
        self._turn = threading.Lock()
        self._renames: dict[str, list[tuple[str, str]]] = {}
        self._cleaned: defaultdict[str, set[str]] = defaultdict(set)
        self._now: frozenset[str] | None = None
        self._staged: tuple[tuple[str, str], ...] = ()
        self._prefix = ""

    def since(self, revision: str, paths: Sequence[str] | None = None) -> Since:
        """From a commit up to HEAD and what is staged. `paths` are those that are asked for, None for any.

        A file that is gone by all its names is looked for once more: what went in one commit and came in
        another, or in a merge, shows only when the two days are held side by side.
        """
        with self._turn:
            try:
                return self._since(revision, paths)
            except UsageError:
                return Since(lost=True)

    def _since(self, revision: str, paths: Sequence[str] | None) -> Since:
        if self._now is None:
            self._staged = tuple(self._git.moved("--cached", "HEAD"))
            self._prefix = self._git.prefix()
            self._now = self._git.files()
        later = self._git.later(revision)
        self._read([one for one in later if one not in self._renames])
        moves: defaultdict[str, set[str]] = defaultdict(set)
        for old, new in (*(pair for one in later for pair in self._renames[one]), *self._staged):
            moves[old].add(new)
        if paths is None or any(self._gone(moves, path) for path in paths):
            for old, new in self._git.moved(revision, "HEAD"):
                moves[old].add(new)
        cleaned = frozenset(path for one in later for path in self._cleaned.get(one, ()))
        known = {old: frozenset(new) for old, new in moves.items()}
        return Since(self._prefix, MappingProxyType(known), cleaned)

    def _read(self, commits: Sequence[str]) -> None:
        for at in range(0, len(commits), _AT_ONCE):
            some = commits[at : at + _AT_ONCE]
            renames: dict[str, list[tuple[str, str]]] = {one: [] for one in some}
            for commit, pair in self._git.renamed(some):
                renames[commit].append(pair)
            for commit, path in self._git.cleaned(some):
                self._cleaned[commit].add(path)
            self._renames |= renames

    def _gone(self, moves: Mapping[str, set[str]], path: str) -> bool:
        return not any(name in (self._now or ()) for name in _closure(moves, f"{self._prefix}{path}"))


def _closure(moves: Mapping[str, set[str]] | Mapping[str, frozenset[str]], path: str) -> list[str]:
    """A path and all that it became, in steps of any number."""
    found = {path: None}
    waiting = [path]
    while waiting:
        for name in sorted(moves.get(waiting.pop(), ())):
            if name not in found:
                found[name] = None
                waiting.append(name)
    return list(found)


def _pairs(text: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for commit, row in _rows(text):
        if len(row) == 2:
            yield commit, (row[0], row[1])


def _rows(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Rows of `--raw -z` as the names each has, with the commit they stand under."""
    commit = ""
    fields = iter(text.split("\0"))
    for part in fields:
        part = part.lstrip("\n")
        if part.startswith("\x01"):
            commit = part[1:]
        elif part.startswith(":"):
            names = 2 if part.split()[-1][:1] in "RC" else 1
            yield commit, tuple(next(fields, "") for _ in range(names))
