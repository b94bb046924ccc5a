"""What a task asks of the workspace before a model is asked: the question, its budget, its patience. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from counterpoint.answers import Insertion, Verdicts
from counterpoint.context.instructions import is_instruction
from counterpoint.context.question import Question, Selection
from counterpoint.context.snippet import Snippet
from counterpoint.models import Model
from counterpoint.passes import sources
from counterpoint.settings import Settings
from counterpoint.tasks import Task
from counterpoint.text import Situation

_KEY = 0.06
"""Seconds a completion waits for its context: less than its debounce, so that no key is felt."""
_LONGEST_DIFF = 200_000
_UNTOLD = "The diff of a file is left out: it is not sent."
_ACTION = 8.0
"""Seconds any other task waits, whose model takes longer than that by far."""


def seconds_for(task: Task[Any]) -> float:
    """How long the task waits for context before it goes without."""
    return _KEY if task.shape is Insertion else _ACTION


def tokens_for(task: Task[Any], situation: Situation, settings: Settings, model: Model) -> int:
    """Budget of the snippets. No more than a quarter of what the model takes: the document comes first."""
    wanted = settings.context.completion_tokens if task.shape is Insertion else settings.context.review_tokens
    return min(situation.context_tokens or wanted, wanted, model.max_input_tokens // 4)


def question_for(
    task: Task[Any], situation: Situation, settings: Settings, model: Model, budget_tokens: int
) -> Question:
    """The task's question about the situation's place. The task must have a `context`."""
    document, span = situation.document, situation.span
    place = document.position(span.start)
    last = document.position(max(span.start, span.end - 1)).line
    return Question(
        task=task.context,
        path=document.path,
        language=document.language,
        text=document.text,
        line=place.line,
        column=place.column,
        budget_tokens=budget_tokens,
        characters_per_token=model.characters_per_token,
        hunks=situation.hunks or ((place.line, last),),
        diff=situation.diff[:_LONGEST_DIFF],
        query=situation.instruction,
        version=document.version,
    )


def sendable(selection: Selection, guard: Callable[[str, str], str | None]) -> Selection:
    """Without the snippets of files that may not leave; `guard` is asked once for each file. Reads files."""
    texts: dict[str, str] = {}
    for snippet in selection.snippets:
        texts[snippet.path] = f"{texts.get(snippet.path, '')}{snippet.text}\n"
    refused = {path: why for path, text in texts.items() if (why := guard(path, text))}
    kept = tuple(one for one in selection.snippets if one.path not in refused)
    return replace(selection, snippets=kept, left_out=(*selection.left_out, *refused.items()))


def quoted(task: Task[Any], situation: Situation) -> tuple[str, ...]:
    """Files of the repository whose words are in the question: its own passes and tasks. A second look is
    shown findings, and not what they were looked for with. Pure."""
    if task.shape in (Insertion, Verdicts):
        return ()
    return sources(situation.lens, situation.instruction, situation.earlier)


def tellable(situation: Situation, guard: Callable[[str, str], str | None]) -> Situation:
    """With words in place of what is told of earlier in files that may not leave. Reads files."""
    earlier = situation.earlier
    refused = {span for path, span in situation.earlier_of if guard(path, earlier[span.start : span.end])}
    if not refused:
        return situation
    for span in sorted(refused, reverse=True):
        end = "\n" if earlier[span.start : span.end].endswith("\n") else ""
        earlier = f"{earlier[: span.start]}{_UNTOLD}{end}{earlier[span.end :]}"
    return replace(situation, earlier=earlier, earlier_of=())


def named(situation: Situation, model: Model | None = None) -> Selection:
    """The pieces of files that the situation names, in its order; what cannot be read is in `left_out`. Reads
    files. With a `model` they are counted in its tokens."""
    found: list[Snippet] = []
    left_out = []
    for path, first, last in situation.pieces:
        document = situation.document if path == situation.document.path else situation.files.read(path)
        if document is None:
            left_out.append((f"{path}:{first + 1}-{last + 1}", "not read, or not sent to models"))
            continue
        text = "\n".join(document.line(number) for number in range(first, last + 1))
        found.append(Snippet(path, first + 1, last + 1, text, "", model.tokens_in(len(text)) if model else 0))
    return Selection(tuple(found), tuple(left_out))


def beside(pieces: Selection, path: str, shown: Sequence[tuple[int, int]]) -> Selection:
    """The pieces that do not lie within lines of the document that are shown anyway, 1-based."""
    within = [
        one.path == path and any(first <= one.first_line and one.last_line <= last for first, last in shown)
        for one in pieces.snippets
    ]
    kept = tuple(one for one, inside in zip(pieces.snippets, within, strict=True) if not inside)
    return replace(pieces, snippets=kept)


def in_front(pieces: Selection, gathered: Selection) -> Selection:
    """Pieces with what was gathered behind them: a batch of their own, after the project's instructions."""
    told = tuple(one for one in gathered.snippets if is_instruction(one))
    rest = tuple(one for one in gathered.snippets if not is_instruction(one))
    batches = (len(pieces.snippets), *(gathered.batches or ((len(rest),) if rest else ())))
    return replace(
        gathered,
        snippets=(*told, *pieces.snippets, *rest),
        left_out=(*pieces.left_out, *gathered.left_out),
        batches=batches,
    )


async def nothing(question: Question, seconds: float) -> Selection:
    """Where there is no workspace: no context."""
    return Selection()
