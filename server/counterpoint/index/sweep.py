"""What a look at the file system means for the index: which files to read, and which are gone."""

from __future__ import annotations

import time
from collections.abc import Iterator

from counterpoint.index.backlog import Backlog
from counterpoint.index.catalogue import Catalogue
from counterpoint.index.scan import Scan, Source


class Sweep:
    """A walk over a folder that is compared with the catalogue, in small pieces.

    A file whose size and time are as the index knows them is not read, unless it may have changed within a
    step of the file system's clock.
    """

    def __init__(self, scan: Scan, folder: str = "") -> None:
        """`folder` is workspace-relative, "" for all."""
        self.scan = scan
        self.wanted: list[Source] = []
        self._folder = folder
        self._walk: Iterator[list[Source]] = scan.walk(folder)
        self._seen: set[str] = set()

    @property
    def is_whole(self) -> bool:
        """True for a walk over the whole workspace."""
        return not self._folder

    def advance(self, catalogue: Catalogue, seconds: float) -> bool:
        """Look on for about so long; True at the end."""
        until = time.monotonic() + seconds
        for sources in self._walk:
            for source in sources:
                self._seen.add(source.path)
                if is_news(catalogue, source):
                    self.wanted.append(source)
            if time.monotonic() > until:
                return False
        return True

    def removed(self, catalogue: Catalogue, backlog: Backlog) -> list[str]:
        """Files of the index, or on their way into it, that are no longer there. To be asked at the end."""
        start = f"{self._folder}/" if self._folder else ""
        left_out = (path for path in catalogue.left_out if path.startswith(start))
        known = (*catalogue.below(self._folder), *left_out, *backlog.below(self._folder))
        return [path for path in dict.fromkeys(known) if path not in self._seen]


def is_news(catalogue: Catalogue, source: Source) -> bool:
    """True unless the file was seen before exactly as it is."""
    known = catalogue.files.get(source.path)
    if known is not None:
        return known.stamp != source.stamp or known.language != source.language
    before = catalogue.left_out.get(source.path)
    return before is None or before[0] != source.stamp
