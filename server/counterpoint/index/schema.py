"""The tables of the index, and how its file is opened, begun anew, or replaced by memory."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from counterpoint import paths
from counterpoint.database import code_of, write_ahead
from counterpoint.errors import ConfigError

FORM = 3
"""Raised when a table or what a column holds changes."""
_MARK = 0x43505849
_BUSY_SECONDS = 5.0
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_TABLES = ("meta", "files", "left_out", "facts", "segments", "postings")
_CREATE = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    # An id stands for one content and is never used again. Files that are gone stay for a while, with no
    # path, so that a switch back to another branch finds them.
    """CREATE TABLE files (
        id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT UNIQUE, language TEXT NOT NULL,
        size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, digest BLOB NOT NULL, lines INTEGER NOT NULL,
        posted INTEGER NOT NULL DEFAULT 0, gone REAL
    )""",
    # Files that were opened and then left out, so that they are not opened again while they stay as they are.
    """CREATE TABLE left_out (
        path TEXT PRIMARY KEY, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, reason TEXT NOT NULL
    ) WITHOUT ROWID""",
    "CREATE INDEX files_to_post ON files (id) WHERE posted = 0",
    """CREATE TABLE facts (
        id INTEGER PRIMARY KEY, package TEXT NOT NULL, definitions TEXT NOT NULL, imports TEXT NOT NULL,
        calls TEXT NOT NULL, shared TEXT NOT NULL, words TEXT NOT NULL, counts BLOB NOT NULL
    )""",
    # A segment has its terms spread over 2^n buckets; a bucket's key is segment << 20 | number.
    "CREATE TABLE segments (id INTEGER PRIMARY KEY, buckets INTEGER NOT NULL, terms INTEGER NOT NULL)",
    """CREATE TABLE postings (
        key INTEGER PRIMARY KEY, terms TEXT NOT NULL, starts BLOB NOT NULL, files BLOB NOT NULL,
        definitions TEXT NOT NULL
    )""",
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A usable connection in autocommit mode. `notice` tells the user what was begun anew, or that nothing
    will be kept; `kept` is false for an index in memory."""

    connection: sqlite3.Connection
    notice: str = ""
    kept: bool = True


def index_file(root: Path, cache_folder: Path) -> Path:
    """Where the index of a workspace is kept."""
    name = hashlib.blake2b(os.fsencode(os.path.normcase(root)), digest_size=12).hexdigest()
    return cache_folder / "index" / f"{name}.sqlite3"


@cache
def fingerprint() -> str:
    """Names everything that decides what a file's facts are: our rules, the grammars and the form.

    The grammars are taken from the names of their installed distributions, which costs no import.
    """
    import tree_sitter

    from counterpoint import context

    found = hashlib.blake2b(f"{FORM}".encode(), digest_size=12)
    folder = Path(str(context.__file__)).parent
    common = Path(__file__).with_name("common.py")
    rules = ("extract*", "rows*", "values*", "facts*", "languages*", "queries/*.scm")
    for file in (*sorted({file for rule in rules for file in folder.glob(rule) if file.is_file()}), common):
        found.update(file.name.encode() + b"\0" + file.read_bytes())
    site = Path(str(tree_sitter.__file__)).parent.parent
    names = sorted(file.name for file in site.glob("tree_sitter*-*.dist-info"))
    found.update("\n".join(names).encode())
    return found.hexdigest()


def open_index(file: Path, root: Path, *, damaged: bool = False) -> Opened:
    """Open or create the index of a root. What is no index of this Counterpoint for this root is deleted
    and begun anew, as is a `damaged` one; where no file can be kept, the index lives in memory.
    Raises nothing."""
    try:
        paths.private_folder(file.parent)
        try:
            if not damaged:
                return _connected(file, root)
        except sqlite3.DatabaseError as error:
            if not is_broken(error):
                raise
        _delete(file)
        found = _connected(file, root)
        return Opened(found.connection, "The workspace index was damaged. It is built anew.")
    except (sqlite3.Error, OSError, ConfigError) as error:
        return in_memory(root, f"The workspace index cannot be kept on disk ({error}).")


def in_memory(root: Path, why: str = "") -> Opened:
    """An index that ends with the process."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    _create(connection, root)
    return Opened(
        connection, f"{why} It is built in memory, anew in each session." if why else "", kept=False
    )


def is_broken(error: sqlite3.Error) -> bool:
    """True if the file itself is damaged, false for a busy or full one."""
    return code_of(error) in _BROKEN


def is_busy(error: sqlite3.Error) -> bool:
    """True if another process holds the file just now."""
    return code_of(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_current(connection: sqlite3.Connection, root: Path) -> bool:
    """True if the file is an index of this root by these rules."""
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    form = connection.execute("PRAGMA user_version").fetchone()[0]
    if mark != _MARK or form != FORM:
        return False
    found = dict(connection.execute("SELECT key, value FROM meta"))
    return found.get("fingerprint") == fingerprint() and found.get("root") == _name(root)


def size_of(file: Path) -> int:
    """Bytes of the index on disk, with what is not yet merged into its main file."""
    found = 0
    for suffix in ("", "-wal"):
        with contextlib.suppress(OSError):
            found += file.with_name(file.name + suffix).stat().st_size
    return found


def _connected(file: Path, root: Path) -> Opened:
    # To close any handle of a file frees all locks this process holds on it: only a new one may be opened.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    connection = sqlite3.connect(
        file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=64
    )
    try:
        return Opened(connection, _prepared(connection, root))
    except BaseException:
        connection.close()
        raise


def _prepared(connection: sqlite3.Connection, root: Path) -> str:
    """Bring the file into today's form. Returns what to tell the user, "" if it was so already or is new."""
    write_ahead(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -8000")
    if _usable(connection, root):
        return ""
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        if _usable(connection, root):  # another process was faster
            return ""
        old = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in old:
            if not name.startswith("sqlite_"):
                connection.execute(f'DROP TABLE "{name}"')
        _create(connection, root)
    return "The workspace index was of another version of Counterpoint. It is built anew." if old else ""


def _usable(connection: sqlite3.Connection, root: Path) -> bool:
    try:
        if not is_current(connection, root):
            return False
        for table in _TABLES:
            connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()
    except sqlite3.OperationalError as error:
        if code_of(error) != sqlite3.SQLITE_ERROR:
            raise
        return False  # a table is not there
    return True


def _create(connection: sqlite3.Connection, root: Path) -> None:
    for statement in _CREATE:
        connection.execute(statement)
    rows = (("fingerprint", fingerprint()), ("root", _name(root)))
    connection.executemany("INSERT INTO meta VALUES (?, ?)", rows)
    connection.execute(f"PRAGMA application_id = {_MARK}")
    connection.execute(f"PRAGMA user_version = {FORM}")


def _name(root: Path) -> str:
    return os.fsencode(root).decode("utf-8", "backslashreplace")


def _delete(file: Path) -> None:
    """Delete a broken index. Its name goes first, in one step, so that nobody meets half of it."""
    doomed = file.with_name(f"{file.name}.broken-{os.getpid()}-{time.monotonic_ns()}")
    file.replace(doomed)
    doomed.unlink()
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
