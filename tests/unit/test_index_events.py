"""Whatever happens to the files, the index ends up equal to one that was built from what is there then."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from counterpoint.index.hints import Hints
from counterpoint.index.indexer import Indexer
from tests.unit.index_trees import built, dump, finish, opened, plenty, python, script, write

GIT = ("git", "-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")


def git(root: Path, *arguments: str) -> None:
    subprocess.run([*GIT, *arguments], cwd=root, check=True, capture_output=True, timeout=60)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def index(root: Path, tmp_path: Path) -> Iterator[Indexer]:
    plenty(root, 60)
    write(root, {"web/a.ts": script(1), "web/b.ts": script(2)})
    git(root, "init", "-q")
    found = built(root, tmp_path / "home")
    yield found
    found.close()


def same_as_fresh(index: Indexer, root: Path, home: Path) -> None:
    fresh = built(root, home)
    expected = dump(fresh.symbols)
    fresh.close()
    found = dump(index.symbols)
    for key, value in expected.items():
        assert found[key] == value, key


class Storm:
    """Random changes of files; each returns what a watcher would tell of it."""

    def __init__(self, root: Path, seed: int) -> None:
        self.root = root
        self.chance = random.Random(seed)
        self.count = 0

    def files(self) -> list[Path]:
        found = (file for file in self.root.rglob("*") if ".git" not in file.parts)
        return sorted(file for file in found if file.is_file() and file.suffix in (".py", ".ts"))

    def folders(self) -> list[Path]:
        found = (file for file in self.root.rglob("*") if ".git" not in file.parts)
        return sorted(file for file in found if file.is_dir() and not file.is_symlink())

    def event(self) -> list[Path]:
        self.count += 1
        kinds = (self.create, self.modify, self.modify, self.delete, self.rename, self.folder, self.ignore)
        return self.chance.choices(kinds, (6, 4, 4, 3, 3, 1, 1))[0]()

    def create(self) -> list[Path]:
        name = f"{self.chance.choice(['pkg1', 'web/x/y', 'new/deep', 'pkg3'])}/f{self.count}.py"
        write(self.root, {name: python(10_000 + self.count)})
        return [self.root / name]

    def modify(self) -> list[Path]:
        file = self.chance.choice(self.files())
        file.write_text(python(20_000 + self.count))
        return [file]

    def delete(self) -> list[Path]:
        file = self.chance.choice(self.files())
        file.unlink()
        return [file]

    def rename(self) -> list[Path]:
        file = self.chance.choice(self.files())
        to = file.with_name(f"r{self.count}{file.suffix}")
        file.rename(to)
        return [file, to]

    def folder(self) -> list[Path]:
        folder = self.chance.choice(self.folders())
        to = self.root / f"folder{self.count}"
        if self.chance.random() < 0.2:
            shutil.rmtree(folder)
            return [folder]
        folder.rename(to)
        return [folder, to]

    def ignore(self) -> list[Path]:
        name = self.chance.choice([".gitignore", "pkg2/.gitignore", ".counterpoint/ignore"])
        lines = self.chance.sample(["pkg1/", "*.ts", "f1*.py", "web/x", "!f12.py", "mod2?.py"], 2)
        write(self.root, {name: "\n".join(lines) + "\n"})
        return [self.root / name]


@pytest.mark.parametrize("seed", [1, 2])
def test_five_hundred_events_in_a_burst(index: Indexer, root: Path, tmp_path: Path, seed: int) -> None:
    storm = Storm(root, seed)
    for count in range(500):
        paths = storm.event()
        index.touched(str(path) for path in paths)
        if count % 3 == 0:
            index.step()
    finish(index)
    same_as_fresh(index, root, tmp_path / "fresh")


def deleted(root: Path) -> list[Path]:
    files = [root / "pkg7" / f"mod{at}.py" for at in range(70, 80)]
    for file in files:
        file.unlink()
    return files


def moved(root: Path) -> list[Path]:
    (root / "pkg7").rename(root / "elsewhere")
    return [root / "pkg7", root / "elsewhere"]


def ignored(root: Path) -> list[Path]:
    write(root, {".gitignore": "pkg7/\n"})
    return [root / ".gitignore"]


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize("act", [deleted, moved, ignored])
@pytest.mark.parametrize("told", [True, False])
def test_what_goes_while_it_is_read_is_not_written(
    root: Path, tmp_path: Path, act: Callable[[Path], list[Path]], jobs: int, told: bool
) -> None:
    """A worker may have read a file that has gone since, in a build that knows of no file yet."""
    plenty(root, 100)
    git(root, "init", "-q")
    index = opened(root, tmp_path / "home", jobs=jobs)
    index.sweep()
    until = time.monotonic() + 60
    while index.progress.stage != "reading" and time.monotonic() < until:
        index.step()
    index.step()
    time.sleep(0.4 if jobs > 1 else 0.0)  # the worker reads; what it found waits to be taken
    paths = [str(path) for path in act(root)]
    assert not any(name.startswith("pkg7/") for name in index.files()), "none is in the catalogue yet"
    if told:
        index.touched(paths)
    else:
        index.sweep()
    finish(index)
    same_as_fresh(index, root, tmp_path / "fresh")
    index.close()


@pytest.mark.alone
def test_events_are_applied_while_a_sweep_and_workers_run(root: Path, tmp_path: Path) -> None:
    plenty(root, 200)
    index = opened(root, tmp_path / "home", jobs=2)
    index.sweep()
    storm = Storm(root, 3)
    for _ in range(120):
        index.touched(str(path) for path in storm.event())
        for _ in range(3):
            index.step(wait=0.002)
    finish(index)
    same_as_fresh(index, root, tmp_path / "fresh")
    index.close()


def test_a_dropped_event_is_found_by_the_next_sweep(index: Indexer, root: Path, tmp_path: Path) -> None:
    storm = Storm(root, 4)
    for _ in range(60):
        storm.event()  # and nobody tells
    index.sweep()
    finish(index)
    same_as_fresh(index, root, tmp_path / "fresh")


def test_too_many_hints_are_one_look_at_everything(index: Indexer, root: Path, tmp_path: Path) -> None:
    storm = Storm(root, 5)
    for _ in range(30):
        storm.event()
    index.touched(f"nowhere/{at}.py" for at in range(5_000))
    finish(index)
    same_as_fresh(index, root, tmp_path / "fresh")


def test_a_switch_of_branches_and_back(
    index: Indexer, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    first = dump(index.symbols)
    git(root, "checkout", "-qb", "other")
    for at in range(0, 60, 2):
        write(root, {f"pkg{at // 10}/mod{at}.py": python(5_000 + at)})
    git(root, "rm", "-q", "pkg1/mod11.py")
    git(root, "add", ".")
    git(root, "commit", "-qm", "two")
    index.sweep()
    finish(index)
    same_as_fresh(index, root, tmp_path / "fresh")
    second = dump(index.symbols)
    monkeypatch.setattr("counterpoint.context.extract.row_from", lambda *_: pytest.fail("parsed again"))
    for branch, expected in (("-", first), ("-", second)):
        git(root, "checkout", "-q", branch)
        index.sweep()
        finish(index)
        assert dump(index.symbols) == expected


def test_links_are_never_followed(index: Indexer, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside, {"secret.py": "def secret(): pass\n", "deep/s.py": "def secret(): pass\n"})
    (root / "link.py").symlink_to(outside / "secret.py")
    (root / "inner.py").symlink_to(root / "pkg0" / "mod0.py")
    (root / "folder").symlink_to(outside, target_is_directory=True)
    names = [
        "link.py",
        "inner.py",
        "folder",
        "folder/secret.py",
        "folder/deep/s.py",
        str(outside / "secret.py"),
    ]
    index.touched(names)
    finish(index)
    index.sweep()
    finish(index)
    assert not index.symbols.defined(["secret"])
    assert all(name not in index.symbols.paths() for name in names)
    # A folder that becomes a link after it was indexed is not read through either.
    shutil.copytree(root / "pkg0", outside / "pkg0")
    shutil.rmtree(root / "pkg0")
    (root / "pkg0").symlink_to(outside / "pkg0", target_is_directory=True)
    assert index.symbols.lines("pkg0/mod0.py") is None
    index.sweep()
    finish(index)
    assert not [path for path in index.symbols.paths() if path.startswith("pkg0/")]


def test_a_file_becomes_a_folder_and_a_folder_a_file(index: Indexer, root: Path, tmp_path: Path) -> None:
    (root / "pkg0/mod1.py").unlink()
    write(root, {"pkg0/mod1.py/inner.py": python(1)})
    shutil.rmtree(root / "pkg1")
    (root / "pkg1").write_text("no folder any more")
    index.touched(["pkg0/mod1.py", "pkg1"])
    finish(index)
    assert "pkg0/mod1.py/inner.py" in index.symbols.paths()
    same_as_fresh(index, root, tmp_path / "fresh")


def test_an_environment_or_vendored_code_that_appears_is_left_out(
    index: Indexer, root: Path, tmp_path: Path
) -> None:
    write(
        root, {"env/lib/x.py": python(3), "vendor/own.go": "package own\n", "pkg2/node_modules/y.js": "y()"}
    )
    index.touched(["env", "vendor/own.go", "pkg2/node_modules/y.js"])
    finish(index)
    assert {"env/lib/x.py", "vendor/own.go"} <= set(index.symbols.paths())
    assert "pkg2/node_modules/y.js" not in index.symbols.paths()
    write(root, {"env/pyvenv.cfg": "", "vendor/modules.txt": ""})
    index.touched(["env/pyvenv.cfg", "vendor/modules.txt"])
    finish(index)
    assert not {"env/lib/x.py", "vendor/own.go"} & set(index.symbols.paths())
    same_as_fresh(index, root, tmp_path / "fresh")


def test_hints_wait_until_a_burst_is_over(tmp_path: Path) -> None:
    now = [100.0]
    hints = Hints(tmp_path, lambda: now[0])
    assert hints.due() is None
    hints.add(["a.py"])
    assert hints.due() == pytest.approx(0.1)
    now[0] += 0.2
    assert hints.due() == 0
    hints.add(f"{at}.py" for at in range(100))
    assert hints.due() == pytest.approx(0.3)
    for _ in range(30):  # it does not end, so it is looked at all the same
        now[0] += 0.1
        hints.add(["a.py"])
    assert hints.due() == 0
    assert hints.take() == ["a.py", *(f"{at}.py" for at in range(100))]
    assert hints.due() is None
    hints.everything()
    assert hints.take() is None


def test_hints_wait_for_git(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    lock = tmp_path / ".git" / "index.lock"
    lock.touch()
    now = [0.0]
    hints = Hints(tmp_path, lambda: now[0])
    hints.add(["a.py"])
    now[0] = 5.0
    assert hints.due() == pytest.approx(0.1)
    lock.unlink()
    assert hints.due() == 0
    lock.touch()
    now[0] = 11.0  # left behind by a git that was killed
    assert hints.due() == 0


def test_a_file_that_may_not_be_read_is_left_out(index: Indexer, root: Path) -> None:
    if os.getuid() == 0:
        pytest.skip("root may read everything")
    write(root, {"closed.py": python(1)})
    (root / "closed.py").chmod(0)
    index.touched(["closed.py"])
    finish(index)
    assert "closed.py" not in index.symbols.paths()


def test_cancelling_leaves_an_index_that_goes_on_later(root: Path, tmp_path: Path) -> None:
    plenty(root, 120)
    index = opened(root, tmp_path / "home")
    index.sweep()
    until = time.monotonic() + 60
    index.run(cancelled=lambda: len(index.files()) > 20 or time.monotonic() > until)
    assert 20 < len(index.files()) < 120
    index.close()
    again = opened(root, tmp_path / "home")
    assert 20 < len(again.symbols.paths()) < 120
    again.sweep()
    finish(again)
    same_as_fresh(again, root, tmp_path / "fresh")
    again.close()
