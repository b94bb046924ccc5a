"""Watching: what happens to the files reaches the index; where that is not possible it is said once."""

from __future__ import annotations

import errno
import logging
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from watchdog.observers.api import BaseObserver

from counterpoint.index.indexer import Indexer
from tests.unit.index_trees import built, dump, finish, opened, plenty, python, write


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    plenty(folder, 30)
    write(folder, {".gitignore": "out/\n", "out/made.py": python(1)})
    return folder


@pytest.fixture
def woken() -> threading.Event:
    return threading.Event()


@pytest.fixture
def index(root: Path, tmp_path: Path, woken: threading.Event) -> Iterator[Indexer]:
    found = opened(root, tmp_path / "home", wake=woken.set)
    found.watch()
    found.sweep()
    assert woken.wait(20), "the watcher never began"
    finish(found)
    yield found
    found.close()


def until(index: Indexer, true: Callable[[], bool], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "the index never heard of it"
        if not index.step():
            time.sleep(0.02)


def test_changes_reach_the_index(index: Indexer, root: Path, tmp_path: Path) -> None:
    assert index.watching
    write(root, {"pkg0/mod1.py": "def modified(): pass\n"})
    until(index, lambda: bool(index.symbols.defined(["modified"])))
    write(root, {"fresh/deep/new.py": "def created(): pass\n", "top.py": "def at_top(): pass\n"})
    until(index, lambda: len(index.symbols.defined(["created", "at_top"])) == 2)
    time.sleep(0.3)
    write(root, {"fresh/deep/more.py": "def in_new_folder(): pass\n"})
    until(index, lambda: bool(index.symbols.defined(["in_new_folder"])))
    (root / "pkg1").rename(root / "renamed")
    until(index, lambda: "renamed/mod11.py" in index.symbols.paths())
    until(index, lambda: "pkg1/mod11.py" not in index.symbols.paths())
    shutil.rmtree(root / "pkg2")
    until(index, lambda: "pkg2/mod21.py" not in index.symbols.paths())
    write(root, {".gitignore": "pkg0/\n"})
    until(index, lambda: "pkg0/mod1.py" not in index.symbols.paths())
    until(index, lambda: "out/made.py" in index.symbols.paths())
    fresh = built(root, tmp_path / "fresh")
    assert dump(index.symbols) == dump(fresh.symbols)
    fresh.close()


def test_ignored_folders_cost_no_watch(index: Indexer, root: Path) -> None:
    watched = index._watcher._watched  # type: ignore[union-attr]  # what the operating system was asked for
    assert sorted(watched) == ["", "pkg0", "pkg1", "pkg2"]


def test_a_queue_that_overflowed_leads_to_a_look_at_everything(index: Indexer, root: Path) -> None:
    time.sleep(0.7)
    finish(index)
    index._watcher._on_paths = lambda names: None  # type: ignore[union-attr]  # the events that were lost
    write(root, {"pkg0/lost.py": "def lost(): pass\n"})
    time.sleep(0.7)
    finish(index)
    assert not index.symbols.defined(["lost"])
    logging.getLogger("watchdog.observers.inotify_c").warning("Inotify queue overflowed; events were lost")
    until(index, lambda: bool(index.symbols.defined(["lost"])))
    logging.getLogger("watchdog.observers.inotify_c").warning("Inotify queue overflowed; events were lost")
    finish(index)
    assert [notice for notice in index.notices() if "missed" in notice] != []
    assert index.notices() == []


@pytest.mark.parametrize("where", ["schedule", "start"])
def test_where_watching_is_not_possible_it_is_said_once(
    root: Path, tmp_path: Path, woken: threading.Event, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    def exhausted(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    monkeypatch.setattr(BaseObserver, where, exhausted)
    index = opened(root, tmp_path / "home", wake=woken.set)
    index.watch()
    assert woken.wait(20)
    finish(index)
    assert not index.watching
    (notice,) = index.notices()
    assert "inotify watch limit reached" in notice
    assert "focus" in notice
    assert index.notices() == []
    write(root, {"pkg0/mod1.py": "def swept(): pass\n"})
    index.sweep()
    finish(index)
    assert index.symbols.defined(["swept"])
    index.close()


def test_watches_that_run_out_later_end_the_watching(
    index: Indexer, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exhausted(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    monkeypatch.setattr(BaseObserver, "schedule", exhausted)
    write(root, {"later/x.py": "def later(): pass\n"})
    until(index, lambda: bool(index.symbols.defined(["later"])))
    until(index, lambda: not index.watching)
    assert len(index.notices()) == 1


def test_closing_ends_the_threads(root: Path, tmp_path: Path, woken: threading.Event) -> None:
    before = {thread.ident for thread in threading.enumerate() if type(thread).__name__ != "InotifyFD"}
    index = opened(root, tmp_path / "home", wake=woken.set)
    index.watch()
    assert woken.wait(20)
    index.close()
    assert not index.watching
    end = time.monotonic() + 10
    while True:
        left = [
            one
            for one in threading.enumerate()
            if one.ident not in before and type(one).__name__ != "InotifyFD"
        ]
        if not left:
            break
        assert time.monotonic() < end, left
        time.sleep(0.02)
