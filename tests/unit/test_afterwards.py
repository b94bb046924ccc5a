"""What became of what the command line wrote: looked at later, in real files, real git and a real ledger."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from counterpoint.answers import FileChange
from counterpoint.cli import writing
from counterpoint.diffs import diffs_of
from counterpoint.flows.afterwards import look, remember
from counterpoint.flows.endings import SECONDS
from counterpoint.ledger import JobOutcome, Ledger
from counterpoint.project import Project
from counterpoint.text import Edit, Span

OLD = "def area(w, h):\n    size = w + h + 10\n    return size\n\n\ndef rest():\n    return None\n"
NEW = OLD.replace("w + h + 10", "w * h + 10")
JOB = JobOutcome("job1", "edit", "kept", "gpt-5.5", "python")
DAYS = 86_400.0


def git(root: Path, *arguments: str, text: str = "") -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(
        ["git", *who, *arguments], cwd=root, input=text, text=True, check=True, capture_output=True
    )


class Place:
    """A repository with one file, a ledger, and a change of the file."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "work"
        self.root.mkdir()
        self.file = self.root / "shape.py"
        self.file.write_text(OLD)
        git(self.root, "init", "-q", "-b", "main")
        git(self.root, "add", ".")
        git(self.root, "commit", "-q", "-m", "one")
        self.ledger = Ledger(folder / "state" / "ledger.sqlite3")
        at = OLD.index("w + h")
        self.changes = [FileChange("shape.py", OLD, (Edit(Span(at, at + 5), "w * h"),))]

    def applied(self, changes: list[FileChange] | None = None) -> writing.Undo:
        """`edit --apply`."""
        changes = changes or self.changes
        undo = writing.write(Project(self.root), changes, JOB.job)
        self.ledger.judged(JOB)
        remember(self.ledger, self.root, JOB, changes)
        return undo

    def printed(self) -> str:
        """`edit`: the patch."""
        remember(self.ledger, self.root, JOB, self.changes, printed=True)
        return "".join(one.diff for one in diffs_of(self.changes))

    def became(self, after: float = 0.0) -> tuple[str, float] | None:
        """The job's outcome and share changed, so many seconds later."""
        look(self.ledger, clock=lambda: time.time() + after)
        found = {one.job: one for one in self.ledger.outcomes(date(2000, 1, 1))}.get(JOB.job)
        return (found.outcome, round(found.changed, 3)) if found else None

    @property
    def waits(self) -> bool:
        return any((self.ledger.file.parent / "afterwards").glob("*.json"))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setenv("COUNTERPOINT_HOME", str(tmp_path / "home"))
    return Place(tmp_path)


def rewritten(place: Place) -> None:
    place.file.write_text(OLD.replace("size = w + h + 10", "size = measure(w).times(h).plus(ten)"))


DONE: dict[str, tuple[Callable[[Place], object], str]] = {
    "left alone": (lambda place: None, "kept"),
    "formatted": (lambda place: place.file.write_text(NEW.replace("w * h + 10", "( w*h+10 )")), "kept"),
    "the rest edited": (lambda place: place.file.write_text(NEW.replace("None", "0")), "kept"),
    "rewritten": (rewritten, "rewritten"),
    "deleted": (lambda place: place.file.unlink(), "undone"),
    "checked out": (lambda place: git(place.root, "checkout", "--", "shape.py"), "undone"),
    "by hand": (lambda place: place.file.write_text(OLD), "undone"),
}


@pytest.mark.parametrize("what", DONE)
def test_what_was_written_is_judged_by_what_stands_there(place: Place, what: str) -> None:
    act, outcome = DONE[what]
    place.applied()
    act(place)
    for after in (0.0, SECONDS + 1):
        found = place.became(after)
        assert found is not None and found[0] == outcome
    assert not place.waits, "it is judged for good"


def test_a_value_changed_tunes_it(place: Place) -> None:
    at = OLD.index("w + h + 10")
    change = FileChange("shape.py", OLD, (Edit(Span(at, at + 10), "w * h + 10"),))
    place.applied([change])
    place.file.write_text(NEW.replace("10", "12"))
    found = place.became()
    assert found is not None and found[0] == "tuned"


def test_the_undo_patch_applied_by_git_undoes_it(place: Place) -> None:
    undo = place.applied()
    assert place.became() == ("kept", 0.0)
    git(undo.folder, "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", str(undo.patch))
    assert place.file.read_text() == OLD
    assert place.became() == ("undone", 1.0)
    (edits,) = place.ledger.edits(date(2000, 1, 1))
    assert edits.undone == 1


def test_a_printed_patch_that_another_job_wrote_is_not_counted(place: Place) -> None:
    place.printed()
    writing.write(Project(place.root), place.changes, "job2")
    remember(place.ledger, place.root, replace(JOB, job="job2"), place.changes)
    assert place.became() is None
    assert place.waits, "the one that was written is looked at"


def test_a_printed_patch_of_other_text_waits_on(place: Place) -> None:
    place.printed()
    at = OLD.index("None")
    other = [FileChange("shape.py", OLD, (Edit(Span(at, at + 4), "0"),))]
    writing.write(Project(place.root), other, "job2")
    remember(place.ledger, place.root, replace(JOB, job="job2"), other)
    assert place.became() is None
    place.file.write_text(NEW)
    assert place.became() == ("kept", 0.0)


def test_what_comes_back_in_time_counts_again(place: Place) -> None:
    undo = place.applied()
    git(undo.folder, "apply", str(undo.patch))
    assert place.became() == ("undone", 1.0)
    git(undo.folder, "apply", "-R", str(undo.patch))
    assert place.became(SECONDS + 1) == ("kept", 0.0)
    (edits,) = place.ledger.edits(date(2000, 1, 1))
    assert (edits.applied, edits.undone) == (1, 0)


def test_once_judged_for_good_nobody_looks_again(place: Place) -> None:
    place.applied()
    assert place.became(SECONDS + 1) == ("kept", 0.0)
    place.file.write_text(OLD)
    assert place.became(SECONDS + 2) == ("kept", 0.0)


def test_another_branch_checked_out_undoes_nothing(place: Place) -> None:
    git(place.root, "checkout", "-q", "-b", "work")
    place.applied()
    git(place.root, "commit", "-q", "-a", "-m", "two")
    git(place.root, "checkout", "-q", "main")
    assert place.file.read_text() == OLD
    assert place.became(SECONDS + 1) == ("kept", 0.0) and place.waits
    git(place.root, "checkout", "-q", "work")
    place.became(SECONDS + 1)
    assert not place.waits


def test_a_file_that_was_made_and_deleted_again_is_undone(place: Place) -> None:
    made = FileChange("new.py", None, (Edit(Span(0, 0), "x = 1\n"),))
    place.applied([made])
    assert place.became() == ("kept", 0.0)
    (place.root / "new.py").unlink()
    assert place.became() == ("undone", 1.0)


def test_a_printed_patch_counts_once_it_is_applied(place: Place) -> None:
    patch = place.printed()
    assert place.became() is None, "nobody knows yet"
    assert place.became(2 * SECONDS) is None, "and it may still be applied"
    git(place.root, "apply", text=patch)
    assert place.became() == ("kept", 0.0)
    git(place.root, "apply", "-R", text=patch)
    assert place.became() == ("undone", 1.0)
    assert place.became(SECONDS + 1) == ("undone", 1.0) and not place.waits


def test_a_printed_patch_that_nobody_applies_is_forgotten_without_a_verdict(place: Place) -> None:
    place.printed()
    assert place.became(6.9 * DAYS) is None and place.waits
    assert place.became(7.1 * DAYS) is None and not place.waits


def test_what_cannot_be_read_waits_and_what_is_no_file_of_ours_goes(place: Place) -> None:
    place.applied()
    folder = place.ledger.file.parent / "afterwards"
    (folder / "odd.json").write_text("{")
    (folder / "later.json").write_text('{"schema": 2}')
    for number, odd in enumerate(("null", "5", '"text"', "[]", "[" * 5_000, '{"schema": 1}')):
        (folder / f"odd{number}.json").write_text(odd)
    place.file.write_bytes(b"\x00\x01\x02" * 500)
    assert place.became(SECONDS + 1) == ("kept", 0.0)
    assert [one.name for one in folder.glob("*.json")] == ["job1.json"]
    place.root.rename(place.root.with_name("elsewhere"))
    assert place.became(SECONDS + 1) == ("kept", 0.0) and place.waits
    assert place.became(8 * DAYS) == ("kept", 0.0) and not place.waits


def test_only_so_many_wait_and_nothing_large_does(place: Place) -> None:
    for number in range(45):
        job = JobOutcome(f"job{number}", "edit", "kept", "gpt-5.5")
        remember(place.ledger, place.root, job, place.changes)
    folder = place.ledger.file.parent / "afterwards"
    assert len([*folder.glob("*.json")]) == 40
    large = FileChange("large.py", None, (Edit(Span(0, 0), "x = 1\n" * 100_000),))
    remember(place.ledger, place.root, JobOutcome("large", "edit", "kept"), [large])
    assert not (folder / "large.json").exists()
    assert all(one.stat().st_mode & 0o077 == 0 for one in folder.iterdir()), "for this user only"


def test_several_that_look_at_once_write_one_outcome(place: Place) -> None:
    undo = place.applied()
    git(undo.folder, "apply", str(undo.patch))
    told: list[int] = []

    def one() -> None:
        told.append(look(Ledger(place.ledger.file), clock=lambda: time.time() + SECONDS + 1))

    threads = [threading.Thread(target=one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(told) == 1 and place.became() == ("undone", 1.0)
