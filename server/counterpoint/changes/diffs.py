"""Unified diffs as git writes them, as `diff -u` does, and as models do: with wrong counts, or with none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from counterpoint.changes.hunks import Numbers, numbers_of, read_hunk
from counterpoint.changes.paths import cleaned, unquoted
from counterpoint.changes.values import Hunk, Line, Patch, Refused

_OLD = re.compile(r"^--- (?P<path>\S.*)$")
_NEW = re.compile(r"^\+\+\+ (?P<path>\S.*)$")
_GIT = re.compile(r"^diff --git (?P<paths>\S.*)$")
_HUNK = re.compile(r"^@@(?:\s|$|.*@@)")
_STAMP = re.compile(
    r"\t.*$|[ \t]+\d{4}-\d\d-\d\d[ T]\d\d:\d\d.*$|[ \t]+\((?:revision|working|nonexistent|date)[^)]*\)$"
)
_PAIRS = {("a", "b"), ("i", "w"), ("c", "i"), ("c", "w"), ("o", "w"), ("1", "2"), ("old", "new")}
_COPIES = re.compile(r"(?:\.orig|\.old|\.bak|\.new|~)$")
_HEADERS = re.compile(
    r"^(?:index [0-9a-fA-F]+\.\.|(?:dis)?similarity index |(?:old|new|deleted file|new file) mode |"
    r"(?:rename|copy) (?:from|to) |Binary files |GIT binary patch|Index: |={20,}$|Only in )"
)
_NOTHING = re.compile(r"^(?:similarity index 100%|index [0-9a-fA-F]+\.\.e69de29)")
NULL = "/dev/null"


@dataclass
class _File:
    """One file's part of a diff while it is read."""

    old: str = ""
    new: str = ""
    kind: Literal["edit", "create", "delete", "rename", "copy"] = "edit"
    git: bool = False
    whole: bool = False
    """Its lines say that there is nothing to come below them: it is empty, or only moves."""
    alike: bool = True
    found: list[tuple[tuple[Line, ...], Numbers | None, bool, str]] = field(default_factory=list)


def opens(lines: Sequence[str], at: int) -> bool:
    """True if a diff begins at a line."""
    line = lines[at]
    if _GIT.match(line) or line.startswith("Index: "):
        return True
    following = lines[at + 1] if at + 1 < len(lines) else ""
    return _OLD.match(line) is not None and _NEW.match(following) is not None


def opens_hunk(line: str) -> bool:
    """True for the head of a hunk; a file that is named above it is what it belongs to."""
    return _HUNK.match(line) is not None


def read(lines: Sequence[str], at: int, path: str, *, closed: bool) -> tuple[list[Patch], int]:
    """All files of the diff that begins at a line, and the number of the line behind it.

    `path` is what hunks without a header belong to, `closed` whether something follows the diff that shows
    it to be complete. Raises Refused: `malformed`, `cut-off`, `unsupported`.
    """
    patches: list[Patch] = []
    while at < len(lines):
        while at < len(lines) and not lines[at].strip():
            at += 1
        if at == len(lines) or not (opens(lines, at) or (opens_hunk(lines[at]) and not patches)):
            break
        file = _File(old=path, new=path)
        if opens(lines, at):
            file = _File()
            at = _header(lines, at, file)
        at = _hunks(lines, at, file, closed)
        patches.append(_patch(file))
    return patches, at


def bare_hunk(lines: Sequence[str], path: str) -> Patch:
    """Signed lines with no header at all. Raises Refused `malformed` where they quote nothing."""
    read_lines, _ = read_hunk(lines, 0, None, lambda at: False)
    if not any(line.sign != "+" for line in read_lines):
        raise Refused("malformed", f"{path}: new lines with nothing round them")
    return Patch(path, (Hunk(read_lines),))


def _header(lines: Sequence[str], at: int, file: _File) -> int:
    names: tuple[str, str] | None = None
    if found := _GIT.match(lines[at]):
        file.git, names, at = True, _git_names(found["paths"]), at + 1
    while at < len(lines) and _HEADERS.match(lines[at]):
        _extended(lines[at], file)
        at += 1
    if at + 1 < len(lines) and (old := _OLD.match(lines[at])) and (new := _NEW.match(lines[at + 1])):
        _named(file, _name(old["path"]), _name(new["path"]))
        return at + 2
    if file.kind in ("rename", "copy"):
        if names is not None and _without_prefixes(*names) != (file.old, file.new):
            raise Refused("cut-off", f"{file.old}: a diff ends amid its header")
        return at
    if names is None or not file.git:
        raise Refused("malformed", "a diff does not name its file")
    file.old, file.new = _without_prefixes(*names)
    return at


def _extended(line: str, file: _File) -> None:
    word, _, rest = line.partition(" ")
    file.whole = file.whole or _NOTHING.match(line) is not None
    file.alike = file.alike and not (word == "similarity" and " 100%" not in line)
    if line.startswith(("Binary files ", "GIT binary patch")):
        raise Refused("unsupported", "a change of a binary file")
    if word in ("rename", "copy"):
        file.kind = "rename" if word == "rename" else "copy"
        way, _, name = rest.partition(" ")
        if way == "from":
            file.old = unquoted(name.strip())
        else:
            file.new = unquoted(name.strip())
    elif " mode " in line or word in ("old", "new", "deleted"):
        if line.rstrip().endswith(("120000", "160000")):
            raise Refused("unsupported", "a change of a link or a submodule")
        if line.startswith(("new file", "deleted file")):
            file.kind = "create" if word == "new" else "delete"
        elif line.startswith("new mode"):
            raise Refused("unsupported", "a change of a file's mode")


def _named(file: _File, old: str, new: str) -> None:
    if old == NULL and new == NULL:
        raise Refused("malformed", "a diff from nothing to nothing")
    if old == NULL:
        file.kind = "create"
        file.old = file.new = _one_prefix(new, "b")
    elif new == NULL:
        file.kind = "delete"
        file.old = file.new = _one_prefix(old, "a")
    elif file.kind not in ("rename", "copy"):
        old, new = _without_prefixes(old, new)
        if old != new and _COPIES.sub("", old) != _COPIES.sub("", new):
            raise Refused("malformed", f"a diff of two files: {old}, {new}")
        file.old = file.new = old if _COPIES.sub("", new) == old else _COPIES.sub("", new)


def _name(text: str) -> str:
    return cleaned(unquoted(_STAMP.sub("", text.strip()).strip()))


def _one_prefix(name: str, prefix: str) -> str:
    """Without `b/`: a file that is new has no other name beside it to compare."""
    for each in (prefix, "w", "i"):
        if name.startswith(f"{each}/"):
            return name[len(each) + 1 :]
    return name


def _without_prefixes(old: str, new: str) -> tuple[str, str]:
    first, _, one = old.partition("/")
    second, _, two = new.partition("/")
    if one and two and ((first, second) in _PAIRS or (second, first) in _PAIRS):
        return one, two
    # One of the two without its prefix.
    if two == old and len(second) == 1:
        return old, old
    return (new, new) if one == new and len(first) == 1 else (old, new)


def _git_names(text: str) -> tuple[str, str]:
    """The two paths behind `diff --git`, the same but for their prefixes where no header follows."""
    if text.startswith('"'):
        end = text.find('" ', 1)
        return unquoted(text[: end + 1]), unquoted(text[end + 2 :])
    middle = len(text) // 2
    if text[middle : middle + 1] == " ":
        return text[:middle], text[middle + 1 :]
    one, _, two = text.partition(" ")
    return one, two


def _hunks(lines: Sequence[str], at: int, file: _File, closed: bool) -> int:
    def ends(number: int) -> bool:
        return opens(lines, number) or opens_hunk(lines[number])

    while at < len(lines):
        if not opens_hunk(lines[at]):
            break
        numbers, head = numbers_of(lines[at])
        read_lines, end = read_hunk(lines, at + 1, numbers, ends, fenced=closed)
        right = numbers is not None and numbers.fits(read_lines)
        if not closed and not any(line.strip() for line in lines[end:]):
            _whether_cut(read_lines, None if right else numbers, file.new, ended=end < len(lines))
        file.found.append((read_lines, numbers, right, head))
        at = end
    return at


def _whether_cut(found: Sequence[Line], numbers: Numbers | None, path: str, *, ended: bool) -> None:
    """The last hunk of a reply that just stops, shorter than it says, amid its changes: what is missing?"""
    hollow = found and found[-1].sign != " " and not found[-1].text and not ended
    if hollow or (numbers is not None and numbers.longer_than(found) and found and found[-1].sign != " "):
        raise Refused("cut-off", f"{path}: the last hunk ends before its lines do")


def _patch(file: _File) -> Patch:
    exact = all(right for _, _, right, _ in file.found) and _add_up([one[1] for one in file.found])
    hunks = []
    for found, numbers, right, head in file.found:
        if not any(line.sign != " " for line in found):
            raise Refused("malformed", f"{file.new}: a hunk that changes nothing")
        start = numbers.old_start if numbers is not None else None
        hunks.append(Hunk(found, start, exact and right, (head,) if head else ()))
    moves = file.kind in ("rename", "copy") and file.alike
    if not hunks and file.git and file.kind in ("create", "rename", "copy") and not (file.whole or moves):
        raise Refused("cut-off", f"{file.new or file.old}: a diff ends behind its header")
    if not hunks and file.kind == "edit":
        raise Refused("malformed", f"{file.new or file.old}: a diff without a hunk")
    source = file.old if file.kind in ("rename", "copy") else ""
    return Patch(file.new or file.old, tuple(hunks), file.kind, source)


def _add_up(numbers: Sequence[Numbers | None]) -> bool:
    """True if every hunk begins, afterwards, where those before it have moved it."""
    shift, last = 0, 0
    for one in numbers:
        if one is None or one.old_first < last or one.new_first - one.old_first != shift:
            return False
        shift += one.new_count - one.old_count
        last = one.old_first + one.old_count
    return True
