"""The one way into the file of findings: reviews that were bought, findings on show, what is not to be told.

    store = Findings(folders().state / "findings.sqlite3")
    store.verdict(key), .verdicts(keys), .keep_verdict(bought)
    store.save(root, path, anchored), .add(root, path, anchored, without=ids)
    store.load(root), .of_file(root, path)
    store.renamed(root, old, new)
    store.dismiss(root, suppression), .allow(root, id=, kind=), .suppressed(root)

Every method opens the file, does one transaction and closes it: many editors and the command line share it.
`root` is the workspace's folder, absolute and with slashes; a key of a verdict belongs to no workspace.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from counterpoint.anchors import Anchored
from counterpoint.database import Database, failure, open_database
from counterpoint.findings import dismissed, kept, verdicts
from counterpoint.findings.dismissed import Suppression
from counterpoint.findings.schema import MIGRATIONS, sweep
from counterpoint.findings.verdicts import Bought

_DATABASE = Database(
    name="The file of findings",
    migrations=MIGRATIONS,
    probe="SELECT max(at) FROM swept",
    fix="Check the disk, or move the file aside: it is begun anew.",
    lost="What earlier reviews found, and what was dismissed for you alone, is to be found there.",
)


class Findings:
    """Synchronous and safe to use from many threads and processes. Opens its file on each use; reading
    creates none. Every method raises ConfigError if the file cannot be used."""

    def __init__(self, file: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.file = file
        self.notice = ""
        """What the user should know about the file, such as that a damaged one was moved aside."""
        self._clock = clock
        self._lock = threading.Lock()

    def verdict(self, key: str) -> Bought | None:
        """What was bought under a key."""
        return self.verdicts([key]).get(key)

    def verdicts(self, keys: Sequence[str]) -> dict[str, Bought]:
        """What was bought under some keys; a key of which nothing is known has no entry."""
        if not self.file.exists():
            return {}
        with self._opened() as rows:
            return verdicts.of_keys(rows, self._clock(), keys)

    def keep_verdict(self, *bought: Bought) -> None:
        """Keep these, all or none, in place of what was kept under their keys."""
        with self._opened() as rows:
            for one in bought:
                verdicts.keep(rows, self._clock(), one)

    def save(self, root: str, path: str, findings: Iterable[Anchored]) -> None:
        """Keep these in place of what was kept of a file."""
        with self._opened() as rows:
            kept.save(rows, self._clock(), root, path, findings)

    def add(
        self, root: str, path: str, findings: Iterable[Anchored], *, without: Collection[str] = ()
    ) -> None:
        """Keep these beside what is kept of a file, from which the ids in `without` are dropped."""
        with self._opened() as rows:
            kept.change(rows, self._clock(), (root, path), findings, without)

    def load(self, root: str) -> dict[str, tuple[Anchored, ...]]:
        """What is kept of a workspace, by path."""
        if not self.file.exists():
            return {}
        with self._opened() as rows:
            return kept.of_root(rows, root)

    def of_file(self, root: str, path: str) -> tuple[Anchored, ...]:
        """What is kept of a file."""
        if not self.file.exists():
            return ()
        with self._opened() as rows:
            return kept.of_file(rows, root, path)

    def renamed(self, root: str, old: str, new: str) -> None:
        """A file has another path now: its findings go along."""
        with self._opened() as rows:
            kept.rename(rows, self._clock(), root, old, new)

    def dismiss(self, root: str, suppression: Suppression) -> None:
        """Remember what this user does not want to be told in a workspace."""
        with self._opened() as rows:
            dismissed.dismiss(rows, self._clock(), root, suppression)

    def allow(self, root: str, *, id: str = "", kind: str = "") -> bool:
        """Forget what silences an id, or else a kind. False if nothing did."""
        with self._opened() as rows:
            return dismissed.allow(rows, root, id, kind)

    def suppressed(self, root: str) -> tuple[Suppression, ...]:
        """What this user does not want to be told in a workspace, oldest first; expired ones are left out."""
        if not self.file.exists():
            return ()
        with self._opened() as rows:
            return dismissed.of_root(rows, self._clock(), root)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """One write transaction: everything inside is kept, or nothing."""
        with self._lock:
            opened = open_database(self.file, _DATABASE)
            self.notice = opened.notice or self.notice
            try:
                with closing(opened.connection) as connection:
                    connection.execute("BEGIN IMMEDIATE")
                    with connection:
                        sweep(connection, self._clock())
                        yield connection
            except sqlite3.Error as error:
                raise failure(self.file, _DATABASE, error) from error
