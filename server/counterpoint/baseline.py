"""Findings that a team has set aside: `.counterpoint/baseline.jsonl`, committed beside the code.

    found = read(root)                          -> Baseline(entries, problems)
    add(root, [Entry(...)]), remove(root, ids)  -> the entries afterwards
    found.silencing(today)                      -> finding -> Entry | None

One line of JSON an entry, sorted by id, so that two branches that add entries merge line by line. An entry
with an `id` silences that finding, whatever its path is now; one without silences all of its `kind`.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date as Date
from pathlib import Path
from typing import Any

from counterpoint import paths
from counterpoint.anchors import kind_of
from counterpoint.answers import Finding
from counterpoint.errors import ConfigError

FILE = ".counterpoint/baseline.jsonl"
_MAX_BYTES = 8 * 1024 * 1024
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_NAMES = ("id", "kind", "reason", "author", "date", "expires", "path", "title")


@dataclass(frozen=True, slots=True)
class Entry:
    """What is set aside, by whom, when and why. Dates are ISO; `expires` "" means never. `path` and `title`
    are for people. `other` are fields of a newer version, which are kept."""

    id: str = ""
    kind: str = ""
    reason: str = ""
    author: str = ""
    date: str = ""
    expires: str = ""
    path: str = ""
    title: str = ""
    other: Mapping[str, Any] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """What it silences: an id, or a kind."""
        return self.id or self.kind

    def holds(self, today: Date) -> bool:
        """True until the day it expires, inclusive."""
        return not self.expires or today.isoformat() <= self.expires


@dataclass(frozen=True, slots=True)
class Baseline:
    """Entries in order. `problems` tell of lines that cannot be read, with their numbers."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[str, ...] = ()

    def silencing(self, today: Date) -> Callable[[Finding], Entry | None]:
        """Tells which entry silences a finding, None if none does."""
        held = [one for one in self.entries if one.holds(today)]
        ids = {one.id: one for one in held if one.id}
        kinds = {one.kind: one for one in held if one.kind and not one.id}
        return lambda finding: ids.get(finding.id) or kinds.get(kind_of(finding))


def read(root: Path) -> Baseline:
    """The baseline of a workspace; empty without a file. A line that cannot be read is told, not fatal.

    Raises ConfigError if the file itself cannot be read.
    """
    file = root / FILE
    try:
        if not _inside(root, file) or not file.is_file():
            return Baseline()
        if file.stat().st_size > _MAX_BYTES:
            raise ConfigError(f"{FILE} is larger than 8 MiB.", fix="Remove entries that have expired.")
        text = file.read_text("utf-8-sig", "replace")
    except OSError as error:
        raise ConfigError(
            f"{FILE} cannot be read: {error.strerror or error}.", fix="Check its permissions."
        ) from error
    return parsed(text)


def parsed(text: str) -> Baseline:
    """The entries of such a text. Of a merge that was left unfinished both sides count."""
    entries: dict[str, Entry] = {}
    problems = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if not line:
            continue
        if line.startswith(_CONFLICT):
            problems.append(f"{FILE}:{number}: a mark of a merge that was not finished")
            continue
        entry = _entry(line)
        if isinstance(entry, str):
            problems.append(f"{FILE}:{number}: {entry}")
        else:
            entries.setdefault(entry.target, entry)
    return Baseline(tuple(sorted(entries.values(), key=_order)), tuple(problems))


def _entry(line: str) -> Entry | str:
    """An entry, or what is wrong with the line."""
    try:
        data = json.loads(line)
    except ValueError:
        return "this is no JSON"
    if not isinstance(data, dict):
        return "an entry must be a JSON object"
    known = {name: data.get(name) or "" for name in _NAMES}
    if bad := next((name for name, value in known.items() if not isinstance(value, str)), None):
        return f"{bad} must be text"
    if not (known["id"] or known["kind"]):
        return "an entry needs an id or a kind"
    for name in ("date", "expires"):
        if known[name] and not _is_date(known[name]):
            return f"{name} must be a date such as 2026-01-31"
    return Entry(**known, other={name: value for name, value in data.items() if name not in _NAMES})


def _is_date(text: str) -> bool:
    try:
        return Date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _order(entry: Entry) -> tuple[str, str]:
    return entry.id, entry.kind


def rendered(entries: Iterable[Entry]) -> str:
    """The text of a baseline: one line an entry, in order, fields without a value left out."""
    lines = []
    for entry in sorted(entries, key=_order):
        row = {name: value for name in _NAMES if (value := getattr(entry, name))}
        lines.append(json.dumps({**row, **entry.other}, ensure_ascii=False) + "\n")
    return "".join(lines)


def add(root: Path, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Put entries in, in place of those for the same id or kind. Returns all.

    Raises ConfigError if the file cannot be written, or has lines that cannot be read: they would be lost.
    """
    new = {one.target: one for one in entries}
    if bad := next((one for one in new.values() if not one.target), None):
        raise ValueError(f"an entry needs an id or a kind: {bad}")
    return _changed(root, lambda held: {**held, **new})


def remove(root: Path, targets: Iterable[str]) -> tuple[Entry, ...]:
    """Take out the entries for these ids or kinds. Returns what is left. Raises ConfigError as `add` does."""
    gone = frozenset(targets)
    return _changed(root, lambda held: {target: one for target, one in held.items() if target not in gone})


def write(root: Path, entries: Iterable[Entry]) -> None:
    """Write the baseline as a whole, or not at all. Raises ConfigError."""
    new = {one.target: one for one in entries}
    _changed(root, lambda held: new)


def _changed(root: Path, change: Callable[[dict[str, Entry]], dict[str, Entry]]) -> tuple[Entry, ...]:
    """Read, change and write while no other process does."""
    file = root / FILE
    if not _inside(root, file):
        raise ConfigError(f"{FILE} leads out of the workspace.", fix="Put a real folder in its place.")
    try:
        file.parent.mkdir(exist_ok=True)
        with paths.guarded(file):
            found = read(root)
            if bad := [one for one in found.problems if "merge" not in one]:
                raise ConfigError(f"{bad[0]}.", fix="Mend or remove that line; nothing was changed.")
            entries = tuple(change({one.target: one for one in found.entries}).values())
            _replace(file, rendered(entries))
    except OSError as error:
        raise ConfigError(
            f"{FILE} cannot be written: {error.strerror or error}.",
            fix="Give this user the right to write there.",
        ) from error
    return tuple(sorted(entries, key=_order))


def _replace(file: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(prefix=".baseline.", dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        Path(temporary).chmod(file.stat().st_mode & 0o777 if file.exists() else 0o644)
        Path(temporary).replace(file)
    except OSError:
        with suppress(OSError):
            Path(temporary).unlink()
        raise


def _inside(root: Path, file: Path) -> bool:
    """True unless a link leads out of the workspace: a repository must not choose what is read or written."""
    return file.resolve().is_relative_to(root.resolve())
