"""How truly machine-written text is followed: random scripts over real files, by `python -m
tests.bench.machine_scripts FOLDER...`.

Each script opens one to three real Python files and lets models and a human write, delete, move, copy,
rename, indent, undo and format (with ruff) in them, closes and opens the editor again, and lets the files be
changed on disk meanwhile: by the formatter, by hand, by moving text to another file, by a real `git rebase`.
What is said to be machine-written, and of which job, is compared with a truth kept character by character
(`machine_world`). It prints recall, precision and the share rightly attributed: of all characters, white
space aside, that the truth or we call machine-written, those on which both agree, job included.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from counterpoint.flows.remembering import found_in, remember
from counterpoint.flows.tracking import Tracking
from counterpoint.index.edits import LineEdit
from counterpoint.machine_store import MachineStore
from counterpoint.reviewing.machine import Origin
from counterpoint.text import Document, Edit, Span
from tests.bench.machine_rebase import rebased
from tests.bench.machine_world import HUMAN, Score, Text, edit_of, formatted, scored, through, together

_SMALL, _LARGE = 1_500, 40_000
ROOT = "/bench"


class Desk:
    """One script's editor: the truth, and the tracking that is told what an editor tells."""

    def __init__(self, files: dict[str, str], store: MachineStore, rng: random.Random) -> None:
        self.truth = {path: Text.of(text) for path, text in files.items()}
        self.rng = rng
        self.jobs = 0
        self.done: Counter[str] = Counter()
        self._store = store
        self._tracking = Tracking()
        self._documents: dict[str, Document] = {}
        self._undo: dict[str, list[Text]] = {path: [] for path in files}
        self._version = 0
        self.open()

    # -- the editor

    def open(self) -> None:
        """Open all files, as after a restart."""
        self._tracking = Tracking()
        for path, truth in self.truth.items():
            self._documents[path] = Document.of(path, truth.text, "python", self._version)
            self._undo[path] = []
        for path, document in self._documents.items():
            self._tracking.opened(document)
            found = found_in(self._store, ROOT, (document,), self._documents.get)
            self._tracking.found(document, found[path])

    def close(self) -> None:
        """Save and close all files: all that stays is what was written down."""
        for path, document in self._documents.items():
            remember(self._store, ROOT, document, self._tracking.runs(document) or ())
            self._tracking.closed(path)

    def change(self, path: str, now: Text, edits: Sequence[LineEdit] = (), *, note: bool = True) -> None:
        """The user, or we, changed a file. Editors that send whole texts name no edits."""
        if note:
            self._undo[path].append(self.truth[path])
        self._version += 1
        before = self._documents[path]
        after = Document.of(path, now.text, "python", self._version)
        if self._tracking.changed(before, after, edits):
            self._tracking.settle(path)
        self._documents[path], self.truth[path] = after, now

    def replace(self, path: str, start: int, end: int, new: Text, *, note: bool = True) -> None:
        old = self.truth[path]
        edits = [edit_of(old.text, start, end, new.text)] if self.rng.random() < 0.8 else []
        self.change(path, old.put(start, end, new), edits, note=note)

    def score(self) -> Score:
        total = Score()
        for path, document in self._documents.items():
            runs = self._tracking.runs(document) or ()
            said = [(run.start, run.end, int(run.origin.job)) for run in runs]
            total += scored(self.truth[path], said)
        return total

    # -- places

    def path(self) -> str:
        return self.rng.choice(sorted(self.truth))

    def some_lines(self, path: str, most: int) -> tuple[int, int]:
        """Offsets of a few whole lines."""
        lines = self.truth[path].lines()
        if not lines:
            return 0, 0
        first = self.rng.randrange(len(lines))
        last = min(len(lines), first + self.rng.randint(1, most))
        start = sum(len(one.text) for one in lines[:first])
        return start, start + sum(len(one.text) for one in lines[first:last])

    def offset(self, path: str) -> int:
        """A place to type at: twice as often within what a model wrote as anywhere else."""
        who = self.truth[path].who
        mine = [at for at, one in enumerate(who) if one != HUMAN]
        if mine and self.rng.random() < 0.5:
            return self.rng.choice(mine)
        return self.rng.randrange(len(who) + 1)

    def job(self) -> Origin:
        self.jobs += 1
        return Origin(str(self.jobs), "GPT-5.5", "complete", 0.0)

    # -- what models do

    def completes(self, code: str) -> None:
        path = self.path()
        start, _ = self.some_lines(path, 1)
        at = start if self.rng.random() < 0.7 else self.offset(path)
        origin = self.job()
        self.replace(path, at, at, Text.of(code, self.jobs))
        self._tracking.wrote(self._documents[path], at, at + len(code), origin)

    def edits(self, code: str) -> None:
        """An edit of ours quotes some lines, changes one and adds others."""
        path = self.path()
        start, end = self.some_lines(path, 6)
        lines = self.truth[path].cut(start, end).lines()
        origin = self.job()
        new = [Text.of(line, self.jobs) for line in code.splitlines(keepends=True)]
        at = self.rng.randrange(len(lines) + 1)
        gone = self.rng.randint(0, 1)
        mixed = together([*lines[:at], *new, *lines[at + gone :]])
        old = self.truth[path]
        self._tracking.applying(path, old.text, [Edit(Span(start, end), mixed.text)], origin)
        self.replace(path, start, end, mixed)

    # -- what humans do

    def types(self, code: str) -> None:
        path = self.path()
        at = self.offset(path)
        for letter in code[: self.rng.randint(5, 40)]:
            self.replace(path, at, at, Text.of(letter), note=False)
            at += 1

    def deletes(self) -> None:
        path = self.path()
        at = self.offset(path)
        if self.rng.random() < 0.5:
            for _ in range(min(at, self.rng.randint(1, 12))):
                self.replace(path, at - 1, at, Text.of(""), note=False)
                at -= 1
        else:
            self.replace(path, *self.some_lines(path, 4), Text.of(""))

    def overwrites(self, code: str) -> None:
        path = self.path()
        at = self.offset(path)
        line_end = self.truth[path].text.find("\n", at)
        end = min(line_end if line_end >= 0 else at, at + self.rng.randint(1, 30))
        self.replace(path, at, max(at, end), Text.of(code.splitlines()[0].strip()))

    def pastes(self, code: str) -> None:
        """Code of a human's from elsewhere."""
        path = self.path()
        start, _ = self.some_lines(path, 1)
        self.replace(path, start, start, Text.of(code))

    def moves(self) -> None:
        """Cut and paste, in one file or into another; sometimes indented anew; sometimes in one change."""
        here, there = self.path(), self.path()
        start, end = self._around_model(here)
        piece = self.truth[here].cut(start, end)
        if here == there and self.rng.random() < 0.3:
            lines = self.truth[here].cut(end, len(self.truth[here].text)).lines()[:3]
            below = together(lines)
            self.replace(here, start, end + len(below.text), below + piece)
            return
        self.replace(here, start, end, Text.of(""))
        if self.rng.random() < 0.3:
            piece = together([Text.of("    ") + line for line in piece.lines()])
        target, _ = self.some_lines(there, 1)
        self.replace(there, target, target, piece)

    def copies(self) -> None:
        here, there = self.path(), self.path()
        start, end = self._around_model(here)
        piece = self.truth[here].cut(start, end)
        target, _ = self.some_lines(there, 1)
        self.replace(there, target, target, piece)

    def _around_model(self, path: str) -> tuple[int, int]:
        """Whole lines that hold what a model wrote, if there are any, with some round them."""
        truth = self.truth[path]
        mine = [at for at, one in enumerate(truth.who) if one != HUMAN]
        if not mine:
            return self.some_lines(path, 5)
        at = self.rng.choice(mine)
        start = truth.text.rfind("\n", 0, at) + 1
        end = start
        for _ in range(self.rng.randint(1, 6)):
            found = truth.text.find("\n", end)
            end = found + 1 if found >= 0 else len(truth.text)
        return start, end

    def indents(self) -> None:
        """Some lines under a new `if`: one edit a line, as editors do."""
        path = self.path()
        start, end = self._around_model(path)
        old = self.truth[path]
        lines = old.cut(start, end).lines()
        now = old.put(start, end, together([Text.of("    ") + one for one in lines]))
        edits, at = [], start
        for line in lines:
            edits.append(edit_of(old.text, at, at, "    "))
            at += len(line.text)
        self.change(path, now, edits[::-1] if self.rng.random() < 0.8 else [])

    def renames(self) -> None:
        """Another name for an identifier, everywhere in a file, in one change of many edits."""
        path = self.path()
        old = self.truth[path]
        names = [one for one in set(_names(old.text)) if len(one) > 3]
        if not names:
            return
        name = self.rng.choice(sorted(names))
        places = [at for at, one in _named(old.text) if one == name]
        now, edits = old, []
        for at in reversed(places):
            now = now.put(at, at + len(name), Text.of(f"renamed_{name[::-1]}"))
            edits.append(edit_of(old.text, at, at + len(name), f"renamed_{name[::-1]}"))
        self.change(path, now, edits)

    def undoes(self) -> None:
        """Take back the last changes one by one, and sometimes make them again."""
        path = self.path()
        stack = self._undo[path]
        again = []
        for _ in range(min(len(stack), self.rng.randint(1, 3))):
            again.append(self.truth[path])
            self._revert(path, stack.pop())
        if self.rng.random() < 0.4:
            for text in reversed(again):
                self._revert(path, text)

    def _revert(self, path: str, to: Text) -> None:
        """An editor tells an undo as the range that differs, or as a whole text."""
        self.change(path, to, note=False)

    def formats(self, ruff: str) -> None:
        path = self.path()
        now = _formatted(self.truth[path], ruff, self.rng.choice((79, 88, 100, 120)))
        if now is None:
            self.done["not formatted"] += 1
        else:
            self.change(path, now)

    # -- what happens while the editor is closed

    def restarts(self, ruff: str, code: str, folder: Path, *, git: bool) -> None:
        self.close()
        if git:
            self._rebases(code, folder)
        elif self.rng.random() < 0.7:
            path = self.path()
            if self.rng.random() < 0.5:
                now = _formatted(self.truth[path], ruff, self.rng.choice((79, 100, 120)))
                self.truth[path] = now or self.truth[path]
            else:
                start, end = self.some_lines(path, 3)
                self.truth[path] = self.truth[path].put(start, end, Text.of(code))
            self.done["changed while closed"] += 1
        self.open()

    def _rebases(self, code: str, folder: Path) -> None:
        path = self.path()
        now = rebased(self.truth[path], code, folder, self.rng)
        self.done["rebased" if now is not None else "not rebased"] += 1
        self.truth[path] = now or self.truth[path]


def _formatted(truth: Text, ruff: str, width: int) -> Text | None:
    text = formatted(truth.text, ruff, width)
    return None if text is None else through(truth, text)


def _named(text: str) -> list[tuple[int, str]]:
    found, start = [], None
    for at, letter in enumerate(text + " "):
        if letter.isidentifier() or (start is not None and letter.isalnum()):
            start = at if start is None else start
        elif start is not None:
            found.append((start, text[start:at]))
            start = None
    return found


def _names(text: str) -> list[str]:
    return [name for _, name in _named(text)]


class Code:
    """Real code to write: statements of one to twelve lines, whole or the rest of a line."""

    def __init__(self, files: Sequence[Path], rng: random.Random) -> None:
        self._files, self._rng = files, rng

    def take(self, most: int = 12) -> str:
        for _ in range(50):
            lines = self._rng.choice(self._files).read_text("utf-8").splitlines(keepends=True)
            if not lines:
                continue
            first = self._rng.randrange(len(lines))
            some = "".join(lines[first : first + self._rng.randint(1, most)])
            if len("".join(some.split())) >= 8:
                return some if some.endswith("\n") else f"{some}\n"
        raise ValueError("the folders hold no code")


def script(desk: Desk, code: Code, ruff: str, folder: Path, *, git: bool) -> None:
    """One script: eight to sixteen steps, a restart in most of them."""
    rng = desk.rng
    steps: list[tuple[int, str, Callable[[], None]]] = [
        (4, "complete", lambda: desk.completes(code.take())),
        (2, "edit", lambda: desk.edits(code.take(5))),
        (3, "type", lambda: desk.types(code.take(2))),
        (2, "delete", desk.deletes),
        (1, "overwrite", lambda: desk.overwrites(code.take(1))),
        (1, "paste", lambda: desk.pastes(code.take())),
        (3, "move", desk.moves),
        (1, "copy", desk.copies),
        (1, "indent", desk.indents),
        (1, "rename", desk.renames),
        (3, "undo", desk.undoes),
        (2, "format", lambda: desk.formats(ruff)),
    ]
    weights = [weight for weight, _, _ in steps]
    desk.completes(code.take())
    count = rng.randint(8, 16)
    restart = rng.randrange(count) if git or rng.random() < 0.6 else -1
    for number in range(count):
        _, name, step = rng.choices(steps, weights)[0]
        step()
        desk.done[name] += 1
        if number == restart:
            desk.restarts(ruff, code.take(4), folder, git=git)
            desk.done["restart"] += 1


def python_files(folders: Sequence[Path]) -> list[Path]:
    found = sorted(path for folder in folders for path in folder.rglob("*.py"))
    return [path for path in found if _usable(path)]


def _usable(path: Path) -> bool:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    return _SMALL < len(text) < _LARGE and "\r" not in text and "\f" not in text


def run(
    folders: Sequence[Path], scripts: int, rebases: float, seed: int, ruff: str
) -> tuple[list[Score], Counter[str]]:
    files = python_files(folders)
    done = Counter[str]()
    scores = []
    for number in range(scripts):
        rng = random.Random(f"{seed}.{number}")
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            some = {f"m{at}.py": rng.choice(files).read_text("utf-8") for at in range(rng.randint(1, 3))}
            desk = Desk(some, MachineStore(folder / "machine.sqlite3"), rng)
            script(desk, Code(files, rng), ruff, folder, git=rng.random() < rebases)
            scores.append(desk.score())
        done += desk.done
    return scores, done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path, help="folders with Python files")
    parser.add_argument("--scripts", type=int, default=2_000)
    parser.add_argument("--rebases", type=float, default=0.15, help="share of scripts with a git rebase")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    ruff = shutil.which("ruff") or str(Path(sys.executable).with_name("ruff"))
    begun = time.process_time()
    scores, done = run(options.folders, options.scripts, options.rebases, options.seed, ruff)
    print(f"{options.scripts} scripts: {dict(done.most_common())}")
    total = sum(scores, Score())
    print(
        f"machine-written by the truth {total.truth:,} characters, said {total.said:,}, both {total.both:,}"
    )
    print(f"recall {total.recall:.4f}, precision {total.precision:.4f}, rightly {total.rightly:.4f}")
    shares = [one.rightly for one in scores]
    good = sum(share >= 0.99 for share in shares) / len(shares)
    print(f"each script counted alike {sum(shares) / len(shares):.4f}; {good:.3f} of them have 0.99 or more")
    print(f"{time.process_time() - begun:.0f} s of this process")


if __name__ == "__main__":
    main()
