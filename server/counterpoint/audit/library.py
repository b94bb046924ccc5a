"""The workspace before and after a change, as an audit reads it. What is read is kept for one audit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import cached_property

from counterpoint.audit.modules import Origin, origin
from counterpoint.context.facts import Import
from counterpoint.context.parsing import Parsed
from counterpoint.context.signatures import Interface, Signature
from counterpoint.context.signatures_read import LANGUAGES, imports_in, interface_of, parsed_near, parsed_of
from counterpoint.context.uses import Use
from counterpoint.context.uses_read import uses
from counterpoint.text import Document, Files, language_of

_SETTINGS = frozenset({"yaml", "toml", "json", "shellscript"})


class Library:
    """`before` and `after` are the changed files. `paths` may use what changed; None: every file may."""

    def __init__(
        self,
        before: Mapping[str, Document],
        after: Mapping[str, Document],
        files: Files,
        paths: Collection[str] | None,
    ) -> None:
        self.before, self.after, self.files = before, after, files
        self._given = paths
        self._read: dict[str, Document | None] = {}
        self._imports: dict[str, tuple[Import, ...]] = {}
        self._uses: dict[tuple[str, bool, str], tuple[Use, ...]] = {}
        self._named: dict[tuple[str, str], tuple[Import, ...]] = {}
        self._trees: dict[tuple[str, bool, str], list[tuple[int, Parsed]]] = {}
        self._interfaces: dict[str, Interface | None] = {}
        self._moves: dict[str, Moves] = {}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The files that may use what changed, as they are after the change."""
        known = self.all_paths if self._given is None else self._given
        return tuple(sorted({*(path for path in known if path not in self.before), *self.after}))

    @cached_property
    def all_paths(self) -> frozenset[str]:
        """Every file of the workspace, found anew: dear in a large one."""
        return frozenset(self.files.paths())

    @cached_property
    def configured(self) -> tuple[str, ...]:
        """The files that set things up, in no language of code: found anew, dear in a large workspace."""
        return tuple(path for path in self.all_paths if language_of(path) in _SETTINGS)

    def changed(self, path: str) -> bool:
        """True if the change touched a file."""
        return path in self.before or path in self.after

    def document(self, path: str) -> Document | None:
        """A file as it is after the change."""
        if path in self.after:
            return self.after[path]
        if path in self.before:
            return None
        if path not in self._read:
            self._read[path] = self.files.read(path)
        return self._read[path]

    def exists(self, path: str) -> bool:
        """True if the workspace has a file after the change."""
        return self.document(path) is not None

    def uses(self, path: str, word: str, *, earlier: bool = False) -> tuple[Use, ...]:
        """The uses of a word in a file; none where its language cannot be read."""
        key = (path, earlier, word)
        if key not in self._uses:
            document = self.before.get(path) if earlier else self.document(path)
            found: tuple[Use, ...] = ()
            if document is not None and document.language in LANGUAGES and word in document.text:
                pieces = self._pieces(document, word, earlier=earlier)
                near = ((first, one) for first, parsed in pieces for one in uses(parsed, (word,)))
                found = tuple(replace(one, line=one.line + first) for first, one in near)
            self._uses[key] = found
        return self._uses[key]

    def _pieces(self, document: Document, word: str, *, earlier: bool) -> list[tuple[int, Parsed]]:
        """The trees that have a word, each with the line it begins on: pieces of the file, or the whole."""
        key = (document.path, earlier, word)
        if key not in self._trees:
            near = parsed_near(document, word)
            whole = (document.path, earlier, "")
            if near is None and whole not in self._trees:
                parsed = parsed_of(document)
                self._trees[whole] = [(0, parsed)] if parsed is not None else []
            self._trees[key] = self._trees[whole] if near is None else near
        return self._trees[key]

    def imports_with(self, path: str, word: str) -> tuple[Import, ...]:
        """The imports of a file whose statement has a word."""
        document = self.document(path)
        if document is None or document.language not in LANGUAGES or word not in document.text:
            return ()
        key = (path, word)
        if key not in self._named:
            pieces = self._pieces(document, word, earlier=False)
            found = ((first, one) for first, parsed in pieces for one in imports_in(parsed))
            self._named[key] = tuple(one._replace(line=one.line + first) for first, one in found)
        return self._named[key]

    def group(self, path: str, name: str) -> tuple[Signature, ...]:
        """The signatures of a qualified name in a file, after the change."""
        known = self._interface(path)
        return tuple(one for one in known.signatures if one.name == name) if known is not None else ()

    def lists(self, path: str, name: str) -> bool:
        """True if a file of Python says that it offers a name."""
        document = self.document(path)
        if document is None or document.language != "python" or "__all__" not in document.text:
            return False
        known = self._interface(path)
        return known is not None and name in known.listed

    def _interface(self, path: str) -> Interface | None:
        if path not in self._interfaces:
            document = self.document(path)
            self._interfaces[path] = interface_of(document) if document is not None else None
        return self._interfaces[path]

    def imports(self, path: str) -> tuple[Import, ...]:
        """What a file imports, after the change."""
        if path not in self._imports:
            document = self.document(path)
            parsed = parsed_of(document) if document is not None else None
            self._imports[path] = imports_in(parsed) if parsed is not None else ()
        return self._imports[path]

    def origin(self, path: str, one: Import, home: str) -> Origin:
        """Whether an import of a file is of `home`."""
        document = self.document(path)
        return origin(one, path, home, document.language if document is not None else "", self.exists)

    def moves(self, path: str) -> Moves:
        """Where the lines of a changed file were before."""
        if path not in self._moves:
            before, after = self.before.get(path), self.after.get(path)
            self._moves[path] = Moves(before.lines if before else (), after.lines if after else ())
        return self._moves[path]


class Moves:
    """Which lines of a text are lines of an older one."""

    def __init__(self, before: Sequence[str], after: Sequence[str]) -> None:
        matched = SequenceMatcher(None, before, after, autojunk=False)
        self._blocks = matched.get_opcodes()

    def before(self, line: int) -> int | None:
        """The line of the older text that a line is, or None for one that the change wrote."""
        for kind, first, _, start, end in self._blocks:
            if start <= line < end:
                return first + line - start if kind == "equal" else None
        return None

    def replaced(self, line: int) -> range:
        """The lines of the older text in whose stead a line was written."""
        for _, first, last, start, end in self._blocks:
            if start <= line < end:
                return range(first, last)
        return range(0)
