"""What is about to be committed, file by file, for whoever writes the message. Runs git and reads files.

The changes stand in the prompt as lines of their files, so that they pass the same guard as any file: what is
ignored, secret-like, local only or kept from who may answer is counted, and neither shown nor named.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from counterpoint.errors import UsageError
from counterpoint.git import Git
from counterpoint.project import Project
from counterpoint.text import Document, Files, Situation, Span

_MOST_LINES, _MOST_CHARACTERS, _LONGEST = 300, 60_000, 400
"""Lines shown of a file, characters of all together, characters of a line."""
_MOST_NAMES = 200
_SUBJECTS = 10
_WORDS = {"A": "new", "D": "deleted", "M": "changed", "R": "renamed", "T": "changed", "C": "copied"}


@dataclass(frozen=True)
class StagedFiles:
    """`Files` in which a file that changes reads as its diff; the others as they are."""

    diffs: Mapping[str, Document]
    rest: Files

    def read(self, path: str) -> Document | None:
        """As `Files.read`."""
        return self.diffs.get(path) or self.rest.read(path)

    def paths(self) -> Sequence[str]:
        """The files that change."""
        return tuple(self.diffs)


@dataclass(frozen=True, slots=True)
class Seen:
    """Who is to see what is staged. `source` is a file that they may see and others may not, or ""; `held`
    are the files that one of them may not see."""

    source: str = ""
    who: frozenset[str] = frozenset()
    held: frozenset[str] = frozenset()


def seen_by(
    paths: Sequence[str], who: Sequence[str], asked: Collection[str], barred: Callable[[str, str], str | None]
) -> Seen:
    """The vendors of `who` that may together see the most of these paths: all of them, or those that may see
    one of the paths; some of `asked` are among them. Reads what `barred` reads."""
    kept = {path: frozenset(one for one in who if barred(path, one)) for path in paths}
    sources = {frozenset[str](): "", **{out: path for path, out in kept.items() if out}}
    found = []
    for out, source in sources.items():
        left = frozenset(who) - out
        found.append(Seen(source, left, frozenset(path for path, hidden in kept.items() if hidden & left)))
    return min((one for one in found if not one.who.isdisjoint(asked)), key=lambda one: len(one.held))


def staged(
    project: Project,
    subjects: Callable[[int, Seen], Sequence[str]] = lambda count, seen: (),
    seen: Callable[[Sequence[str]], Seen] = lambda paths: Seen(),
) -> Situation:
    """The question for the message of what is staged in a workspace, after so many `subjects` of messages
    before. `seen` says who is to see these files, which those they are asked about are held to. Raises
    UsageError where nothing is, or where nothing of it may be sent. Runs git: use a thread."""
    git = Git(project.root)
    git.check()
    rows = git.names("--cached")
    if not rows:
        raise UsageError("Nothing is staged.", fix="Stage what belongs into the commit: git add.")
    may_go = [row for row in rows if not _private(project, row)]
    eyes = seen([path for row in may_go for path in row[1:] if path])
    named = [row for row in may_go if eyes.held.isdisjoint(row[1:])]
    texts = {one.path: one.diff for one in git.changed("--cached")}
    if not named:
        raise UsageError("Nothing that is staged may be sent.", fix="Write the message yourself.")
    shown, left = _shown([row[1] for row in named], texts)
    told = [
        f"- {_WORDS.get(status, 'changed')}: {_name(path, old)}" for status, path, old in named[:_MOST_NAMES]
    ]
    hidden = len(rows) - len(named)
    if hidden:
        told.append(f"- and {hidden} more (ignored, generated or kept private)")
    if left:
        told.append(f"Of {', '.join(left[:20])} not all lines are shown.")
    return Situation(
        Document.of("", "", "plaintext"),
        Span(0, 0),
        StagedFiles(shown, project),
        instruction="\n".join(told),
        claims="\n".join(f"- {subject}" for subject in subjects(_SUBJECTS, eyes)) or "(there are none yet)",
        source=eyes.source,
        pieces=tuple((path, 0, len(one.lines) - 1) for path, one in shown.items()),
    )


def _private(project: Project, row: tuple[str, str, str]) -> bool:
    """Whether the name of a file, or what it was called before, is one that may not leave."""
    return any(project.why_not_sent_text(path, "") for path in row[1:] if path)


def _name(path: str, old: str) -> str:
    return f"{old} to {path}" if old and old != path else path


def _shown(paths: Sequence[str], texts: Mapping[str, str]) -> tuple[dict[str, Document], list[str]]:
    """The diffs as documents, and the files of which they do not show all."""
    shown: dict[str, Document] = {}
    cut: list[str] = []
    room = _MOST_CHARACTERS
    # The smallest first, each with an even share of what is left: what one does not need the others get.
    smallest = sorted((one for one in paths if texts.get(one)), key=lambda one: len(texts[one]))
    for number, path in enumerate(smallest):
        rows = _hunks(texts[path])
        kept = [row[:_LONGEST] for row in rows[:_MOST_LINES]]
        share = room // (len(smallest) - number)
        while kept and sum(map(len, kept)) + len(kept) > share:
            kept = kept[: len(kept) * 3 // 4]
        if len(kept) < len(rows):
            cut.append(path)
        if kept:
            text = "\n".join(kept)
            room -= len(text)
            shown[path] = Document.of(path, text, "diff")
    return {path: shown[path] for path in paths if path in shown}, cut


def _hunks(diff: str) -> list[str]:
    """The lines of a diff from its first hunk on."""
    rows = diff.split("\n")
    start = next((at for at, row in enumerate(rows) if row.startswith("@@")), len(rows))
    return [row for row in rows[start:] if row]


def message(text: str) -> str:
    """The message as a model gave it, without the quotes and fences it may stand in."""
    rows = text.strip().split("\n")
    if len(rows) > 1 and rows[0].startswith("```") and rows[-1].startswith("```"):
        rows = rows[1:-1]
    said = "\n".join(row.rstrip() for row in rows).strip()
    for mark in ("`", '"', "'"):
        if len(said) > 2 and said[0] == said[-1] == mark and mark not in said[1:-1]:
            said = said[1:-1].strip()
    return said


def at_top(document: Document) -> Span:
    """Where a message belongs in an open one: in place of the empty lines it begins with."""
    end = 0
    for line in document.lines:
        if line.strip():
            break
        end += len(line)
    return Span(0, end)
