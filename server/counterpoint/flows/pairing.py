"""Pair programming: what a small task must know before it is asked, and what is seen to afterwards."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from counterpoint.answers import ChangeSet, FileChange, Prose
from counterpoint.calls import Call
from counterpoint.composing import composed
from counterpoint.engine import Engine, Reply
from counterpoint.errors import UsageError
from counterpoint.flows import price
from counterpoint.flows.subjects import subjects
from counterpoint.pairing.citing import Citation, checked
from counterpoint.pairing.comments import Addressed, all_addressed
from counterpoint.pairing.fits import symbol_at
from counterpoint.pairing.specs import files_named
from counterpoint.pairing.staged import Seen, message, seen_by, staged
from counterpoint.pairing.testing import how_tested
from counterpoint.plan import Plan, budget
from counterpoint.project import Project
from counterpoint.prompt import rows_shown
from counterpoint.tasks import ASK, COMMIT, IMPLEMENT, TESTS, AnyTask, Task
from counterpoint.text import Document, Edit, Situation, Span, apply

_SPEC_LINES = 400
"""Lines shown of a file that a specification names."""
_SPEC_FILES = 12
_LINE = re.compile(r"\bline \d+\b")
_ASKING = "Do what "
_DONE = "The comment that asked for it goes"


@dataclass(frozen=True, slots=True)
class Told:
    """Words for a person, and the places they cite that are there."""

    reply: Reply[Prose]
    citations: tuple[Citation, ...] = ()

    @property
    def calls(self) -> tuple[Call, ...]:
        return self.reply.calls


async def prepared(task: AnyTask, situation: Situation) -> Situation:
    """The question with what the task must know of the workspace. Reads files, in a thread."""
    found = _PREPARED.get(task.name)
    return situation if found is None else await asyncio.to_thread(found, situation)


def _with_tests(situation: Situation) -> Situation:
    document = situation.document
    symbol = symbol_at(document, document.position(situation.span.start).line)
    found = how_tested(document, symbol, situation.files)
    return replace(situation, claims=found.told, pieces=(*situation.pieces, *found.pieces))


def _with_spec(situation: Situation) -> Situation:
    """The files that a specification names, as they are now; one that is not there yet is to be made."""
    document = situation.document
    if document.language not in ("markdown", "mdx"):
        return situation
    named = files_named(document.text[situation.span.start : situation.span.end].split("\n"))
    pieces = []
    for path in named[:_SPEC_FILES]:
        read = situation.files.read(path)
        if read is not None and read.lines and path != document.path:
            pieces.append((path, 0, min(len(read.lines), _SPEC_LINES) - 1))
    return replace(situation, pieces=(*situation.pieces, *pieces))


_PREPARED: Mapping[str, Callable[[Situation], Situation]] = {
    TESTS.name: _with_tests,
    IMPLEMENT.name: _with_spec,
}


async def tell(
    engine: Engine,
    task: Task[Prose],
    situation: Situation,
    *,
    job: str | None = None,
    agree: price.Agree = price.nobody,
) -> Told:
    """An answer in words; the places it cites are checked, and those that are not there marked. Raises as
    `Engine.ask`, and UsageError for a question without words."""
    if task is ASK and not situation.instruction.strip():
        raise UsageError("There is no question.", fix="Ask it in a sentence.")
    plans: list[Plan] = []
    reply = await price.ask(engine, task, situation, agree=agree, job=job, on_plan=plans.append)
    shown = _shown(engine, task, situation, plans[-1]) if plans else ()
    found = await asyncio.to_thread(checked, reply.answer.text, situation.files, shown)
    answer = Prose(found.text, (*reply.answer.dropped, *found.dropped))
    return Told(replace(reply, answer=answer), found.citations)


def _shown(engine: Engine, task: Task[Prose], situation: Situation, plan: Plan) -> list[tuple[str, int, int]]:
    """The lines the model was shown, by file, 1-based."""
    rows = [(one.path, one.first_line, one.last_line) for one in plan.snippets]
    if situation.document.lines:
        tokens = budget(task, plan.candidate, engine.settings)
        characters = int(tokens * plan.candidate.model.characters_per_token)
        seen = rows_shown(task, situation, characters)
        rows += [(situation.document.path, first, last) for first, last in seen]
    return rows


async def commit_message(
    engine: Engine, project: Project, *, job: str | None = None, agree: price.Agree = price.nobody
) -> Reply[Prose]:
    """The message for what is staged. Raises UsageError where nothing is, else as `Engine.ask`."""
    # A trial or a cheaper model may ask others than those who are asked first.
    asked = {one.model.provider for one in (await engine.route(COMMIT)).candidates}
    who = sorted({*engine.settings.providers.allow, *asked} - {"embedded"})
    barred = engine.ports.barred

    def tellable(count: int, seen: Seen) -> tuple[str, ...]:
        """Whoever answers is told only of what all may see who could: who does is not known yet."""
        return subjects(
            project, count, lambda path: next((why for one in seen.who if (why := barred(path, one))), None)
        )

    def eyes(paths: Sequence[str]) -> Seen:
        return Seen() if asked == {"embedded"} else seen_by(paths, who, asked, barred)

    situation = await asyncio.to_thread(staged, project, tellable, eyes)
    reply = await price.ask(engine, COMMIT, situation, agree=agree, job=job)
    return replace(reply, answer=replace(reply.answer, text=message(reply.answer.text)))


def addressed_question(document: Document, comments: Sequence[Addressed]) -> tuple[str, Span]:
    """The request that comments addressed to us make, and the place it is about: the first of them."""
    if len(comments) == 1:
        said = f"{_ASKING}the comment at line {comments[0].first + 1} says, and remove the comment: "
        text = said + comments[0].text
    else:
        rows = "".join(f"\n{_row(one)}" for one in comments)
        text = f"{_ASKING}these comments say, and remove them:{rows}"
    at = document.starts[comments[0].first]
    return text, Span(at, at)


def _row(comment: Addressed) -> str:
    return f"- line {comment.first + 1}: {comment.text}"


def served(situation: Situation, changes: ChangeSet) -> ChangeSet:
    """The answer to a question that comments asked, with those comments gone; any other as it is."""
    if not situation.instruction.startswith(_ASKING):
        return changes
    document = situation.document
    found = [one for one in all_addressed(document) if one.text]
    # Where the text has changed since, the comments may stand on other lines than the question says.
    return next(
        (
            without_comments(document, changes, comments)
            for numbered in (True, False)
            for comments in _groups(document, found, situation.instruction, numbered)
        ),
        changes,
    )


def _groups(
    document: Document, found: Sequence[Addressed], instruction: str, numbered: bool
) -> Iterator[Sequence[Addressed]]:
    """Comments that together ask just what an instruction says: each alone, then several."""

    def plain(text: str) -> str:
        return text if numbered else _LINE.sub("line", text)

    wanted = plain(instruction)
    rows = frozenset(wanted.split("\n"))
    several = [one for one in found if plain(_row(one)) in rows]
    for comments in (*([one] for one in found), several):
        if comments and plain(addressed_question(document, comments)[0]) == wanted:
            yield comments


def without_comments(document: Document, changes: ChangeSet, comments: Sequence[Addressed]) -> ChangeSet:
    """The change set with the comments gone that it has served: a model may have left them standing.

    Where nothing is changed they stay, since nothing was done.
    """
    if not changes.files:
        return changes
    path = document.path
    own = next((one for one in changes.files if one.path == path), None)
    if own is not None and (own.deleted or own.before is None):
        return changes
    made = own or FileChange(path, document.text, (), document.version)
    after = Document.of(path, apply(made.before or "", made.edits), document.language)
    left = _still_there(document, after, comments)
    if not left:
        return changes
    edits = tuple(Edit(one.span, "") for one in left)
    done = FileChange(path, after.text, edits, reasons=(_DONE,) * len(edits))
    if own is None:
        return replace(changes, files=(replace(done, version=document.version), *changes.files))
    return replace(changes, files=tuple(composed(one, done) if one is own else one for one in changes.files))


def _still_there(before: Document, after: Document, comments: Sequence[Addressed]) -> list[Addressed]:
    """Of the comments those that the changed text still has. Of several that say the same it is the one in
    the same place among them, as long as none of them is gone."""
    left = []
    old, new = all_addressed(before), all_addressed(after)
    for one in comments:
        same_old = [other for other in old if other.text == one.text]
        same_new = [other for other in new if other.text == one.text]
        if one in same_old and len(same_old) == len(same_new):
            left.append(same_new[same_old.index(one)])
    return left
