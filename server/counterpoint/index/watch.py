"""`Watcher`: watchdog on the folders of a workspace that are not ignored.

Each folder at the top is watched with all below it, the root only itself, so that nothing of what is ignored
at the top costs a watch. Registering can take long in large folders and is done by a thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from counterpoint.ignores import Ignores
from counterpoint.index.scan import Scan
from counterpoint.project import Project

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver, ObservedWatch

_INSTEAD = (
    "Changes made outside of the editor are looked for when it gets the focus and when a file is saved."
)
_OVERFLOW = "Some changes of files were missed, since there were too many at once; all files are looked at."
_GOODBYE = 2.0
_INOTIFY = "watchdog.observers.inotify_c"


class Watcher:
    """Tells of absolute paths that changed, from a thread of its own; `on_lost` where some may be missed.

    `running` turns false where watching is not possible. `trouble` says why, or that changes were missed.
    """

    def __init__(
        self,
        project: Project,
        ignores: Ignores,
        on_paths: Callable[[list[str]], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._root = project.root
        self._scan = Scan(project, ignores)
        self._on_paths = on_paths
        self._on_lost = on_lost
        self._guard = threading.Lock()
        self._observer: BaseObserver | None = None
        self._watched: dict[str, ObservedWatch] = {}
        self._ears: logging.Handler | None = None
        self._closed = False
        self.running = True
        self.trouble = ""

    def start(self) -> None:
        """Begin; folders are registered by a thread, after which `on_lost` is called once, since files may
        have changed before they were watched."""
        threading.Thread(target=self._begin, daemon=True).start()

    def close(self) -> None:
        """Stop. Nothing is told afterwards."""
        self._closed = True
        self.running = False
        with self._guard:
            observer, self._observer = self._observer, None
            if self._ears is not None:
                logging.getLogger(_INOTIFY).removeHandler(self._ears)
                self._ears = None
        if observer is not None and observer.is_alive():
            observer.stop()
            if observer is not threading.current_thread():
                observer.join(_GOODBYE)

    def _begin(self) -> None:
        try:
            from watchdog.observers import Observer

            with self._guard:
                if self._closed:
                    return
                self._observer = Observer()
                self._ears = _Overflow(self._overflowed)
                logging.getLogger(_INOTIFY).addHandler(self._ears)
                self._observer.start()
            self._add("", recursive=False)
            for name in self._top():
                self._add(name, recursive=True)
        except (ImportError, OSError, RuntimeError, ValueError) as error:
            self._failed(error)
            return
        if not self._closed:
            self._on_lost()

    def _top(self) -> list[str]:
        try:
            return [entry.name for entry in sorted(self._root.iterdir()) if self._is_watched(entry.name)]
        except OSError:
            return []

    def _is_watched(self, name: str) -> bool:
        return self._scan.look(name) == "folder"

    def _add(self, name: str, *, recursive: bool) -> None:
        """Watch a folder. Raises OSError where the system has no watches left."""
        from watchdog.events import (
            DirCreatedEvent,
            DirDeletedEvent,
            DirMovedEvent,
            FileCreatedEvent,
            FileDeletedEvent,
            FileModifiedEvent,
            FileMovedEvent,
            FileSystemEventHandler,
        )

        kinds: list[type[FileSystemEvent]] = [
            DirCreatedEvent, DirDeletedEvent, DirMovedEvent,
            FileCreatedEvent, FileDeletedEvent, FileModifiedEvent, FileMovedEvent,
        ]  # fmt: skip
        with self._guard:
            if self._observer is None:
                return
            old = self._watched.pop(name, None)
            if old is not None:
                self._observer.unschedule(old)
            folder = str(self._root / name)
            handler = FileSystemEventHandler()
            handler.on_any_event = self._told  # type: ignore[method-assign]
            watch = self._observer.schedule(handler, folder, recursive=recursive, event_filter=kinds)
            self._watched[name] = watch

    def _told(self, event: FileSystemEvent) -> None:
        if self._closed:
            return
        found = [str(path) for path in (event.src_path, event.dest_path) if path]
        for path in found:
            if event.is_directory:
                self._folder_changed(Path(path))
        self._on_paths(found)

    def _folder_changed(self, folder: Path) -> None:
        """A folder at the top came, went or came back."""
        if folder.parent != self._root or folder == self._root:
            return
        try:
            if self._is_watched(folder.name):
                self._add(folder.name, recursive=True)
        except FileNotFoundError:
            return
        except OSError as error:
            self._failed(error)

    def _overflowed(self) -> None:
        if not self._closed:
            self.trouble = _OVERFLOW
            self._on_lost()

    def _failed(self, error: Exception) -> None:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        self.trouble = f"The workspace's files cannot be watched ({why}). {_INSTEAD}"
        self.close()
        self._on_lost()


class _Overflow(logging.Handler):
    """Watchdog tells of an overflow of the system's queue only in its log."""

    def __init__(self, call: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._call = call

    def emit(self, record: logging.LogRecord) -> None:
        if "overflow" in record.getMessage():
            self._call()
