"""What was said and done in a conversation about code: in words for a model, as a page for a person. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from counterpoint.diffs import unified
from counterpoint.flows.applied import Applied, AppliedFile, stands
from counterpoint.text import Span

_MOST = 24_000
"""Characters of earlier turns that go along with a question, the newest of them."""
_DIFF = 8_000
_TURNS = 40
Told: TypeAlias = tuple[tuple[str, Span], ...]
_FENCE = re.compile(r"`{3,}")
_BECAME = {
    "kept": "The user kept it.",
    "reverted": "The user took it back: it is not in the file any more.",
    "refined": "",
    "other": "The user replaced it by another model's version.",
    "reviewed": "It is in the file.",
    "applied": "It is in the file.",
    "edited": "The user has changed it since: the file is shown as it is now.",
    "undone": "It is not in the file any more.",
    "gone": "It is not in the file any more.",
}


@dataclass(frozen=True, slots=True)
class Turn:
    """A request and what came of it, as the action `job`. `diffs` are those of each file, with the paths it
    has and had; () where nothing was changed."""

    request: str
    job: str
    model: str = ""
    diffs: tuple[tuple[tuple[str, ...], str], ...] = ()
    assumptions: tuple[str, ...] = ()
    question: str = ""

    @property
    def diff(self) -> str:
        """What was done, as one unified diff."""
        return "".join(text for _, text in self.diffs)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What was said so far, about a document. `lines` are those it began with, from 0; None for all."""

    id: str
    uri: str
    lines: tuple[int, int] | None = None
    turns: tuple[Turn, ...] = ()

    def with_turn(self, turn: Turn) -> Conversation:
        """The conversation with one more turn; the oldest of too many are forgotten."""
        return replace(self, turns=(*self.turns, turn)[-_TURNS:])


def turn_of(applied: Applied) -> Turn:
    """A change set as a turn."""
    request = applied.asked.instruction or applied.task.title
    return Turn(request, applied.job, applied.model, diffs_in(applied.files), applied.assumptions)


def diffs_in(files: Iterable[AppliedFile]) -> tuple[tuple[tuple[str, ...], str], ...]:
    """What was done to each file, as `Turn.diffs`."""
    found: list[tuple[tuple[str, ...], str]] = []
    for file in files:
        moved = f"{file.was} was moved to {file.path}.\n" if file.was else ""
        if text := moved + unified(file.path, file.before, file.done):
            found.append(((file.path, file.was) if file.was else (file.path,), text))
    return tuple(found)


def became(applied: Applied | None, choice: str) -> str:
    """In a word what became of a change set: what the user chose, else what its text tells."""
    if choice in ("reverted", "other"):
        return choice
    if applied is None:
        return choice or "applied"
    found = [one for file in applied.files for one in stands(file)]
    if any(file.at is not None and file.patches for file in applied.files) and not found:
        return "gone"
    if any(not one.whole for one in found):
        return "edited"
    return choice or "applied"


def words(turns: Sequence[tuple[Turn, str]]) -> tuple[str, Told]:
    """The turns with what became of each, the oldest first, for a model, and where in that files are told of,
    as `Situation.earlier_of`; "" for none."""
    told: list[tuple[str, Turn]] = []
    size = 0
    for turn, fate in reversed(turns):
        text = _told(turn, fate)
        size += len(text)
        if size > _MOST and told:
            break
        told.append((text, turn))
    at, where = 0, []
    for text, turn in reversed(told):
        where += [(path, Span(at + span.start, at + span.end)) for path, span in _where(turn)]
        at += len(text) + 1
    return "\n".join(text for text, _ in reversed(told)), tuple(where)


def _where(turn: Turn) -> Told:
    """Where the diffs of files stand in what is told of a turn."""
    shown = turn.diff[:_DIFF].rstrip()
    start = len(_request(turn)) + len(fenced(shown, "diff")) - len(fenced(shown, "diff").partition("\n")[2])
    at, found = 0, []
    for paths, text in turn.diffs:
        first, at = at, at + len(text)
        if first < len(shown):
            span = Span(start + first, start + min(at, len(shown)))
            found += [(path, span) for path in paths]
    return tuple(found)


def _request(turn: Turn) -> str:
    return f"Request: {turn.request}\n"


def _told(turn: Turn, fate: str) -> str:
    parts = [_request(turn).removesuffix("\n")]
    if turn.diff:
        parts.append(fenced(turn.diff[:_DIFF], "diff"))
        parts.append(_BECAME.get(fate, ""))
    elif not turn.question:
        parts.append("Nothing was changed.")
    parts += [f"You assumed: {one}" for one in turn.assumptions]
    if turn.question:
        parts.append(f"You asked: {turn.question}")
    return "\n".join(filter(None, parts)) + "\n"


def fenced(text: str, language: str) -> str:
    """Text in a fence of Markdown that is longer than any in it."""
    longest = max((len(one) for one in _FENCE.findall(text)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def answer(turn: Turn, dropped: Sequence[str], note: str = "") -> str:
    """A turn's answer as Markdown for a person."""
    parts = []
    if turn.question:
        parts.append(turn.question)
    elif not turn.diff:
        parts.append("Nothing needed to change." if not dropped else "Nothing could be applied.")
    if turn.diff:
        parts.append(fenced(turn.diff, "diff"))
    if turn.assumptions:
        parts.append("Assumed:\n" + "\n".join(f"- {one}" for one in turn.assumptions))
    if dropped:
        parts.append("Left out:\n" + "\n".join(f"- {one}" for one in dropped))
    if note:
        parts.append(note)
    return "\n\n".join(parts)


YOU = "## You"
_HEADING = re.compile(r"^## .*$", re.MULTILINE)


def page(about: str, root: str) -> str:
    """A conversation that nobody has said anything in yet, as a document."""
    return (
        f"# Pair: {about}\n\n"
        f'Write below, then run the code action "Send". What is asked for is done in {about} of {root},\n'
        f"and told here. This page is a temporary file: save it elsewhere to keep it.\n\n{YOU}\n\n"
    )


def message_in(text: str) -> str:
    """What the user wrote under the last heading of theirs; "" where another heading came after it."""
    plain = _outside_fences(text)
    headings = list(_HEADING.finditer(plain))
    if not headings or headings[-1].group().rstrip() != YOU:
        return ""
    return text[headings[-1].end() :].strip()


def _outside_fences(text: str) -> str:
    """The text with fenced blocks blanked, each character by one."""
    found, fence = [], ""
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line.lstrip())
        if fence:
            if mark and len(mark.group()) >= len(fence) and not line.strip().strip("`"):
                fence = ""
            found.append(re.sub(r"[^\r\n]", " ", line))
        elif mark:
            fence = mark.group()
            found.append(re.sub(r"[^\r\n]", " ", line))
        else:
            found.append(line)
    return "".join(found)
