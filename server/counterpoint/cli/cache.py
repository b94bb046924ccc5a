"""`review --cache DIR`: verdicts as files that runs and machines share, in place of the user's own store.

One file a verdict, named by the hash of all that went into it: whoever has the same question has the same
name, and two who write it at the same time write the same. A folder may be copied, merged with another by
copying, kept by a CI's cache or shared over a network; nothing in it needs a lock.

    DIR/.gitignore          keeps it out of commits
    DIR/v1/ab/abcdef....json
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from counterpoint.errors import ConfigError
from counterpoint.findings import Bought
from counterpoint.findings.coding import decoded, dropped_of, dropped_text, encoded

_VERSION = "v1"
_KEY = re.compile(r"[0-9a-f]{8,128}(-[a-z]{1,16})?")
_DAY = 86_400.0
_DAYS, _MOST = 120, 20_000
_LONGEST = 8 * 1024 * 1024


class CacheFolder:
    """Verdicts in a folder. Safe to use from many threads, processes and machines.

    Reading creates nothing; a file that cannot be read is as none. Writing raises ConfigError.
    """

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self._clock = clock
        self._swept = False

    def verdicts(self, keys: Sequence[str]) -> dict[str, Bought]:
        """What was bought under some keys; a key of which nothing is known has no entry."""
        found = ((key, self._read(key)) for key in dict.fromkeys(keys))
        return {key: bought for key, bought in found if bought is not None}

    def keep_verdict(self, *bought: Bought) -> None:
        """Keep these in place of what was kept under their keys."""
        try:
            self._prepare()
            for one in bought:
                self._write(one)
        except OSError as error:
            raise ConfigError(
                f"The cache {self.folder} cannot be written: {error.strerror or error}.",
                fix="Give --cache a folder that this user may write to.",
            ) from error

    def _file(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"no key of ours: {key!r}")
        return self.folder / _VERSION / key[:2] / f"{key}.json"

    def _read(self, key: str) -> Bought | None:
        file = self._file(key)
        try:
            if file.stat().st_size > _LONGEST:
                return None
            row = json.loads(file.read_text("utf-8"))
            bought = _bought(key, row)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        with contextlib.suppress(OSError):  # a folder that may only be read serves as well
            os.utime(file)
        return bought

    def _write(self, bought: Bought) -> None:
        file = self._file(bought.key)
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".", dir=file.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
                json.dump(_row(bought), stream, ensure_ascii=True, separators=(",", ":"))
            Path(temporary).chmod(0o644)
            Path(temporary).replace(file)
        except OSError:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise

    def _prepare(self) -> None:
        """Make the folder, and once in a process drop what nobody has asked for in a long time."""
        if self._swept:
            return
        self._swept = True
        self.folder.mkdir(parents=True, exist_ok=True)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", "utf-8")
        oldest = self._clock() - _DAYS * _DAY
        newest_first = sorted(self._files(), reverse=True)
        for number, (used, file) in enumerate(newest_first):
            if used < oldest or number >= _MOST:
                with contextlib.suppress(OSError):
                    file.unlink()

    def _files(self) -> Iterator[tuple[float, Path]]:
        for file in (self.folder / _VERSION).glob("??/*.json"):
            with contextlib.suppress(OSError):
                yield file.stat().st_mtime, file


def _row(bought: Bought) -> dict[str, Any]:
    return {
        "path": bought.path,
        "stage": bought.stage,
        "findings": encoded(bought.findings),
        "dropped": dropped_text(bought.dropped),
        "whole": bought.whole,
        "relied": dict(bought.relied),
        "model": bought.model,
        "cost_usd": bought.cost_usd,
    }


def _bought(key: str, row: dict[str, Any]) -> Bought:
    """Raises ValueError, KeyError or TypeError for what was not written by us."""
    if row["stage"] not in ("found", "verified") or not isinstance(row["path"], str):
        raise ValueError("no verdict of ours")
    return Bought(
        key,
        row["path"],
        row["stage"],
        decoded(row["findings"]),
        dropped_of(row["dropped"]),
        bool(row["whole"]),
        {str(name): str(contract) for name, contract in row["relied"].items()},
        model=str(row["model"]),
        cost_usd=float(row["cost_usd"]),
    )
