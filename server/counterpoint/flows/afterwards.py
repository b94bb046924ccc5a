"""What the command line wrote to files, or printed as a patch, judged later by what stands in the files then.

No editor watches them: a user takes a change back with its undo patch, applies a printed one, or goes on by
hand. What was written waits in a file of the user's state folder, beside the undo patches, which hold the
same text; the next command, or an editor's start, looks. A job that was written is judged for good once it is
as old as one that an editor judges. One that was printed counts once it stands in its files; if it never
does, nothing is known of it.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from counterpoint.answers import FileChange
from counterpoint.errors import ConfigError, CounterpointError
from counterpoint.flows.applied import AppliedFile
from counterpoint.flows.became import Became, Piece, Written, became
from counterpoint.flows.endings import SECONDS
from counterpoint.git import Git
from counterpoint.ledger import EditOutcome, JobOutcome, Ledger
from counterpoint.ledger_judged import Ending
from counterpoint.paths import write_private
from counterpoint.project import Project
from counterpoint.tasks import INVESTIGATE
from counterpoint.text import language_of

logger = logging.getLogger(__name__)

_MOST = 40
"""Jobs that wait; the oldest is forgotten."""
_CHARACTERS = 400_000
"""A job of more is not remembered: it stays as it was judged at once."""
_ODD = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What a file raises that none of ours is."""
_DAYS = 7.0
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job with what it wrote, in the workspace at `root`, on a git branch ("" for none).

    `job` says by whom, and how it was judged last; `at` when it was written, as a Unix time. `printed`: it
    was only shown, and nobody has seen it in its files yet.
    """

    job: JobOutcome
    root: str
    branch: str
    at: float
    printed: bool
    files: tuple[Written, ...]

    @property
    def settled(self) -> float:
        """When it is judged for good."""
        return self.at + SECONDS


def remember(
    ledger: Ledger, root: Path, job: JobOutcome, changes: Iterable[FileChange], *, printed: bool = False
) -> None:
    """Have a job looked at later. Blocking. What cannot be written is told in the log: the job then stays as
    it was judged at once."""
    files = tuple(Written.of(AppliedFile.of(one), language_of(one.moved_to or one.path)) for one in changes)
    folder, size = _folder(ledger), sum(len(one.after or "") + len(one.before) for one in files)
    if not files or size > _CHARACTERS:
        return
    try:
        if not printed:
            _replaced(folder, str(root), files)
        _keep(folder, Waiting(job, str(root), _branch(root), time.time(), printed, files))
        for old in sorted(folder.glob("*.json"), key=_age)[:-_MOST]:
            old.unlink(missing_ok=True)
    except (ConfigError, OSError) as error:
        logger.warning("What became of an edit will not be known: %s", error)


def look(ledger: Ledger, *, clock: Callable[[], float] = time.time) -> int:
    """Judge what waits, by what is on disk; returns for how many jobs that told something new. Blocking; no
    more than a look into a folder where nothing waits."""
    told = 0
    for file in sorted(_folder(ledger).glob("*.json"), key=_age):
        try:
            waiting = _read(file)
            told += _looked(ledger, file, waiting, clock())
        except _ODD:
            file.unlink(missing_ok=True)  # it is no file of ours, or of another version's
        except (CounterpointError, OSError) as error:
            logger.warning("What became of an edit is not known: %s", error)
    return told


def _replaced(folder: Path, root: str, files: Iterable[Written]) -> None:
    """What was printed and is now written by another job is no longer looked for: that it stands in its
    files says nothing of the patch that was printed."""
    written = {place for one in files for place in _places(one)}
    for file in folder.glob("*.json"):
        with suppress(*_ODD, OSError):
            old = _read(file)
            theirs = {place for one in old.files for place in _places(one)}
            if old.printed and old.root == root and theirs <= written:
                file.unlink(missing_ok=True)


def _places(one: Written) -> Iterable[tuple[str, str | None, str]]:
    """Each piece of a file as path, new text and old."""
    if one.after is None:
        return [(one.path, None, one.before)]
    return [(one.path, one.after[piece.start : piece.end], piece.old) for piece in one.pieces]


def _looked(ledger: Ledger, file: Path, waiting: Waiting, now: float) -> bool:
    found = _became(waiting) if waiting.branch == _branch(Path(waiting.root)) else None
    if waiting.printed and found is not None and found.changed >= 1:
        found = None  # it was not applied, so far
    if found is None:
        if now - waiting.at > _DAYS * _DAY:
            file.unlink(missing_ok=True)
        return False
    seen = replace(waiting.job, outcome=found.outcome, changed=found.changed)
    if waiting.printed:
        _keep(file.parent, replace(waiting, job=seen, at=now, printed=False))
    elif now >= waiting.settled:
        try:
            file.unlink()
        except FileNotFoundError:
            return False  # another process looked at the same time
    elif seen != waiting.job:
        _keep(file.parent, replace(waiting, job=seen))
    if not waiting.printed and seen == waiting.job:
        return False
    ledger.judged(seen)
    _noted(ledger, "" if waiting.printed else waiting.job.outcome, seen)
    return True


def _noted(ledger: Ledger, before: Ending | str, seen: JobOutcome) -> None:
    """What was done with an edit, where that has changed: it came, or it was taken back."""
    gone, was_gone = seen.outcome == "undone", before in ("", "undone")
    if seen.task != INVESTIGATE.name and gone != was_gone:
        choice = EditOutcome(seen.job, seen.task, "undone" if gone else "applied", seen.model, seen.language)
        ledger.ended(choice)


def _became(waiting: Waiting) -> Became | None:
    """What became of the files; None where that cannot be told, as of a workspace that is elsewhere now."""
    root = Path(waiting.root)
    if not root.is_dir():
        return None
    project, texts = Project(root), []
    for one in waiting.files:
        text: str | None = None
        if (root / one.path).exists():
            loaded = project.load(one.path)
            if isinstance(loaded, str):
                return None
            text = loaded.text
        texts.append((one, text))
    return became(texts)


def _branch(root: Path) -> str:
    """What was written on another branch is not gone because another one is checked out."""
    with suppress(CounterpointError, OSError):
        return Git(root).branch()
    return ""


def _folder(ledger: Ledger) -> Path:
    return ledger.file.with_name("afterwards")


def _age(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _keep(folder: Path, waiting: Waiting) -> None:
    """Raises ConfigError."""
    write_private(folder / f"{waiting.job.job}.json", json.dumps({"schema": 1, **asdict(waiting)}))


def _read(file: Path) -> Waiting:
    """Raises what `_ODD` names, and OSError."""
    found = json.loads(file.read_text("utf-8"))
    if found.pop("schema") != 1:
        raise ValueError("another version's")
    return Waiting(
        **{**found, "job": JobOutcome(**found["job"]), "files": tuple(map(_written, found["files"]))}
    )


def _written(row: dict[str, object]) -> Written:
    rows: dict[str, Sequence[dict[str, object]]] = {"over": (), **row}  # type: ignore[dict-item]
    pieces = {name: tuple(Piece(**one) for one in rows[name]) for name in ("pieces", "over")}  # type: ignore[arg-type]
    return Written(**{**row, **pieces})  # type: ignore[arg-type]
