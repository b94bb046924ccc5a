"""One file: read, recognised by its content, parsed, and packed for the store. Runs in any process."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
import time
from array import array
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from counterpoint.context.rows import Row, called_of
from counterpoint.index.common import COMMON
from counterpoint.project import decode

CALLED, DEFINED, MOST = 128, 64, 63
"""A word's value in a file: these two flags over the times it occurs, of which at most 63 are told."""
_LONE_CR = re.compile(rb"\r(?!\n)")
_GENERATED = re.compile(
    rb"^[ \t]*(?://|#|/?\*|;|--|<!--)[^\n]*(?:\bcode generated\b[^\n]*\bdo not edit\b|@generated\b)",
    re.IGNORECASE | re.MULTILINE,
)
_HEAD = 1_500
_LONG, _MINIFIED = 20_000, 300
_MARK_OF_EDIT = 1_000_000_000


class Stamp(NamedTuple):
    """What the file system says of a file. `mtime_ns` is 0 where it could change again without showing."""

    size: int
    mtime_ns: int


class Packed(NamedTuple):
    """Facts of a file as the store has them: text as in `rows.Row`, and words with their counts."""

    package: str
    definitions: str
    imports: str
    calls: str
    shared: str
    words: str
    counts: bytes


class Entry(NamedTuple):
    """What the index keeps of a file. `packed` is None for content that it knows already. `terms` are the
    values of the words and of the names that are called or defined."""

    path: str
    language: str
    stamp: Stamp
    digest: bytes
    lines: int
    packed: Packed | None = None
    terms: dict[str, int] | None = None


def read(root: str, path: str, limit: int) -> tuple[Stamp, bytes] | str:
    """A regular file of at most `limit` bytes with its stamp, or why not. Follows no link at its name."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        descriptor = os.open(f"{root}/{path}", flags | getattr(os, "O_NOFOLLOW", 0))
    except (OSError, ValueError):
        return "unreadable"
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            return "not a regular file"
        data = os.read(descriptor, found.st_size + 1) if found.st_size <= limit else b""
        while len(data) < found.st_size <= limit and (more := os.read(descriptor, found.st_size)):
            data += more
    except OSError:
        return "unreadable"
    finally:
        os.close(descriptor)
    if found.st_size > limit or len(data) > limit:
        return "oversized"
    return Stamp(found.st_size, settled(found.st_mtime_ns)), data


def settled(mtime_ns: int) -> int:
    """A time of change that a later change is sure to differ from, else 0.

    Systems keep these times in steps, mostly of a few milliseconds; a time in whole seconds shows that here
    the steps are seconds.
    """
    step = 2 * _MARK_OF_EDIT if mtime_ns % _MARK_OF_EDIT == 0 else 50_000_000
    return mtime_ns if time.time_ns() - mtime_ns > step else 0


def digest_of(data: bytes) -> bytes:
    """The name of a content, 16 bytes."""
    return hashlib.blake2b(data, digest_size=16).digest()


def source_of(raw: bytes) -> bytes | str:
    """What is parsed of a file: UTF-8, no mark, every line ended by LF or CRLF. Or why it is left out."""
    if b"\0" in raw or raw.startswith(b"\xef\xbb\xbf") or not _is_utf8(raw):
        found = decode(raw)
        if found is None:
            return "binary"
        raw = found.text.encode("utf-8", "surrogatepass")
    if b"\r" in raw and raw.count(b"\r") != raw.count(b"\r\n"):
        raw = _LONE_CR.sub(b"\n", raw)
    if b"generated" in raw[:_HEAD].lower() and _GENERATED.search(raw, 0, _HEAD):
        return "generated"
    if len(raw) > _LONG and len(raw) // (raw.count(b"\n") + 1) > _MINIFIED:
        return "minified"
    return raw


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def examine(
    root: str, path: str, language: str, limit: int, known: Callable[[bytes, str], bool]
) -> Entry | str:
    """The entry of a file, or why it is left out. Content for which `known` is true is not parsed."""
    found = read(root, path, limit)
    if isinstance(found, str):
        return found
    stamp, raw = found
    digest = digest_of(raw)
    if known(digest, language):
        return Entry(path, language, stamp, digest, 0)
    source = source_of(raw)
    if isinstance(source, str):
        return source
    from counterpoint.context.extract import row_from

    row = row_from(path, language, source)
    packed = pack(row)
    return Entry(path, language, stamp, digest, row.lines, packed, terms_of(row))


def pack(row: Row) -> Packed:
    """A row for the store."""
    counts = row.words.values()
    wide = max(counts, default=0) > 255
    return Packed(
        row.package,
        row.definitions,
        row.imports,
        row.calls,
        row.shared,
        "\n".join(row.words),
        _wide(counts) if wide else bytes(counts),
    )


def _wide(counts: Iterable[int]) -> bytes:
    try:
        found = array("H", counts)
    except OverflowError:
        found = array("H", [min(count, 65_535) for count in counts])
    if sys.byteorder != "little":
        found.byteswap()
    return found.tobytes()


def unpack(path: str, language: str, lines: int, packed: Packed) -> Row:
    """The row that was packed. Raises ValueError for one that is damaged."""
    words = packed.words.split("\n") if packed.words else []
    counts = packed.counts
    if len(counts) == 2 * len(words):
        numbers = [counts[at] | counts[at + 1] << 8 for at in range(0, len(counts), 2)]
    else:
        numbers = list(counts)
    found = dict(zip(words, numbers, strict=True))
    return Row(
        path, language, lines, packed.package, packed.definitions, packed.imports, packed.calls,
        packed.shared, found,
    )  # fmt: skip


def terms_of(row: Row) -> dict[str, int]:
    """The value of each word, called name and defined name of a file."""
    found = dict(row.words)
    for word in COMMON & found.keys():
        del found[word]
    if max(found.values(), default=0) > MOST:
        found.update(dict.fromkeys([word for word, times in found.items() if times > MOST], MOST))
    for name in _called(row.calls):
        found[name] = (found.get(name) or min(row.words.get(name, 1), MOST)) | CALLED
    for line in row.definitions.split("\n") if row.definitions else ():
        name = line.partition("\t")[0]
        found[name] = (found.get(name) or min(row.words.get(name, 1), MOST)) | DEFINED
    found.pop("", None)
    return found


def _called(calls: str) -> set[str]:
    """As `rows.called_of`; nearly every text that is called ends with its name."""
    if "\t" not in calls:
        return set(calls.split("\n"))
    names = {line.partition("\t")[0].rpartition(".")[2] for line in calls.split("\n")}
    return names if all(map(str.isidentifier, names)) else called_of(calls)


def absolute(root: Path) -> str:
    """A root as `read` wants it."""
    return root.as_posix().rstrip("/")
