"""From a task and a situation to the words a model reads. The stable text comes first, for prefix caches.

A prompt is a file: system text, a line `<!-- user -->`, then the user message, which `<!-- part -->` divides
into parts; every part but the last ends a prefix worth caching, and a part that comes out empty is left out.
Code that was added later than the first stands where the file says `$more`, each time as a part of its own.
Holes are `$name`; `$_edits` pulls in `_edits.md`. A hole nothing fills is an error, never an empty string.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import accumulate
from string import Template
from typing import Any

from counterpoint.answers import CATEGORIES, Insertion, Prose, Verdicts
from counterpoint.context import Around, Snippet, around, window_round
from counterpoint.context.instructions import is_instruction, quoted
from counterpoint.context.question import Selection
from counterpoint.context.windows import LONGEST_LINE, lines_of, windows
from counterpoint.models import Model
from counterpoint.passes import instructing, quoting
from counterpoint.tasks import Task
from counterpoint.text import Document, Position, Situation, Span

_SHARED = ("_edits", "_project")
"""Texts that several prompts have."""
_DRAFTS = """Findings that another reviewer has drafted. Test each against the code as strictly as your own:
one that holds goes into your list, corrected where it needs it; one that a line you can point to rules out
does not. They are a start and no limit: report every other defect too.
"""
_EARLIER = """What was said and done before in this conversation, the oldest first. The file is shown as it is
now, with the changes that were applied. A request that speaks of "it" or of the change means the last one:
"""
USER, PART, MORE = "<!-- user -->\n", "<!-- part -->\n", "$more"


@dataclass(frozen=True, slots=True)
class Rendered:
    """System text, and the user message in parts, the most stable first.

    `suffix` is the text after the cursor, for models that continue or fill in and read no instructions.
    """

    system: str
    parts: tuple[str, ...]
    suffix: str = ""

    @property
    def characters(self) -> int:
        return len(self.system) + sum(map(len, self.parts))


def lenses(passes: Sequence[str]) -> str:
    """The description of one or several shipped passes, in one text."""
    return "\n".join(prompt_text(f"passes/{name}").rstrip("\n") for name in passes)


def render(
    task: Task[Any], situation: Situation, selection: Selection, model: Model, budget_tokens: int
) -> Rendered:
    """Fill the task's prompt. `budget_tokens` bounds the window of the document shown."""
    characters = int(budget_tokens * model.characters_per_token)
    if model.can("raw-continuation"):
        window = window_round(situation, characters)
        return Rendered("", (window.before,), window.after)
    style = "brief" if task.shape is Insertion else "numbered" if _cites(task) else "whole"
    batches = _batches(selection, style, situation.pieces)
    if task.shape is Insertion:  # asked for at every pause, and of numbered lines it shows none
        values = cursor_holes(around(situation, characters))
    else:
        values = line_holes(situation, shown(task, situation, characters))
    values |= holes(situation, selection.snippets, batches[0])
    return render_text(prompt_text(task.prompt or task.name), values, batches[1:])


def _cites(task: Task[Any]) -> bool:
    """Whether an answer names lines of any file it is shown, and not only of the document."""
    told = task.shape is Prose and task.context != ""
    return task.shape is Verdicts or told or task.context in ("locate", "trace")


def render_text(text: str, values: Mapping[str, str], further: Sequence[str] = ()) -> Rendered:
    """Fill the text of a prompt file. Raises KeyError naming a hole without a value.

    `further` are the parts that stand for `$more`.
    """
    system, _, user = text.partition(USER)
    fill = {**values, **{name: prompt_text(name).rstrip("\n") for name in _SHARED}}
    # The parts are cut before they are filled: a file under review may well contain our own marks.
    parts: list[str] = []
    for part in user.split(PART):
        parts += further if part.strip() == MORE else (Template(part).substitute(fill),)
    return Rendered(Template(system).substitute(fill).strip(), tuple(part for part in parts if part))


@lru_cache(maxsize=64)
def prompt_text(name: str) -> str:
    """A shipped prompt file."""
    return (files("counterpoint") / "prompts" / f"{name}.md").read_text("utf-8")


def shown(task: Task[Any], situation: Situation, characters: int) -> tuple[Span, ...]:
    """What of the document a prompt of the task shows, in order, of about so many characters."""
    if task.shape is Verdicts and situation.ranges:
        return situation.ranges
    if situation.ranges:
        return windows(situation.document, situation.ranges, characters)
    seen = around if task.shape is Insertion else window_round
    return (seen(situation, characters).span,)


def rows_shown(task: Task[Any], situation: Situation, characters: int) -> tuple[tuple[int, int], ...]:
    """The same as 1-based lines, first and last."""
    document = situation.document
    found = []
    for span in shown(task, situation, characters):
        end = document.position(span.end)
        found.append((document.position(span.start).line + 1, end.line + (1 if end.column else 0)))
    return tuple(found)


def cursor_holes(seen: Around) -> dict[str, str]:
    """Values for the holes of a prompt that completes."""
    cut = seen.before.rfind("\n") + 1
    return {
        "above": seen.above,
        "below": seen.below,
        "before": seen.before[:cut],
        "line_before": seen.before[cut:],
        "after": seen.after,
    }


def line_holes(situation: Situation, seen: Sequence[Span]) -> dict[str, str]:
    """Values for the holes of a prompt about lines of the document, of which `seen` is shown."""
    document = situation.document
    first, last = lines_of(document, situation.span)
    longest = LONGEST_LINE if situation.ranges else None
    return {
        "numbered": "...\n".join(numbered(document, span, longest) for span in seen),
        "selection": numbered(document, document.span_of_lines(first, last)),
        "here": _here(situation, seen) if document.lines else "",
        "first_line": str(first + 1),
        "last_line": str(last + 1),
        "problems": _problems(situation),
        "scope": scope(situation),
        "lens": instructing(situation.lens) or lenses(situation.passes),
    }


def _here(situation: Situation, seen: Sequence[Span]) -> str:
    """The document that a question was asked in, which need not be what it is about."""
    first, last = lines_of(situation.document, situation.span)
    shown = "...\n".join(numbered(situation.document, span, LONGEST_LINE) for span in seen)
    return f"It was asked in {situation.document.path}, at lines {first + 1} to {last + 1}:\n{shown}"


def holes(situation: Situation, snippets: Sequence[Snippet], code: str) -> dict[str, str]:
    """A value for each hole that any prompt may have. `code` is the text of the snippets that are code."""
    return {
        "path": situation.document.path,
        "language": situation.document.language,
        "instruction": situation.instruction,
        "project": "".join(quoted(snippet) for snippet in snippets if is_instruction(snippet))
        + quoting(situation.lens),
        "snippets": code,
        "categories": ", ".join(CATEGORIES),
        "claims": situation.claims,
        "earlier": f"{_EARLIER}\n{situation.earlier}\n" if situation.earlier else "",
        "drafts": f"{_DRAFTS}\n{situation.claims}\n" if situation.claims else "",
    }


def scope(situation: Situation) -> str:
    """Which lines a review is about, in words."""
    document = situation.document
    ranges = situation.ranges or (situation.span,)
    if ranges == (Span(0, len(document.text)),):
        return "the whole file."
    rows = [lines_of(document, span) for span in ranges]
    told = [f"{first + 1} to {last + 1}" for first, last in rows]
    if len(told) > 1:
        told[-2:] = [f"{told[-2]} and {told[-1]}"]
    note = f" {situation.instruction}" if situation.ranges and situation.instruction else ""
    return f"lines {', '.join(told)}; the rest of the file is context only.{note}"


def numbered(document: Document, span: Span, longest: int | None = None) -> str:
    """The lines a span touches with their numbers, as `12| code`, LF ends. Longer lines are left out."""
    first, last = lines_of(document, span)
    rows = []
    for number in range(first, last + 1):
        line = document.line(number)
        if longest is not None and len(line) > longest:
            line = f"({len(line):,} characters, left out)"
        rows.append(f"{number + 1}| {line}\n")
    return "".join(rows)


def _problems(situation: Situation) -> str:
    rows: dict[bool, list[str]] = {True: [], False: []}
    for problem in situation.problems:
        start: Position = situation.document.position(problem.span.start)
        name = " ".join(part for part in (problem.source, problem.code) if part)
        rows[problem.sure].append(
            f"- line {start.line + 1}: {problem.message}{f' ({name})' if name else ''}\n"
        )
    heads = {
        True: "Reported by tools:\n",
        False: "Suspected by rules that are often wrong, and reported to nobody yet:\n",
    }
    return "".join(heads[sure] + "".join(found) for sure, found in rows.items() if found)


def _batches(selection: Selection, style: str, pieces: Sequence[tuple[str, int, int]]) -> list[str]:
    """The texts of the batches in which code was added, at least one. Pieces have their lines numbered."""
    code = [snippet for snippet in selection.snippets if not is_instruction(snippet)]
    ends = list(accumulate(selection.batches)) or [len(code)]
    starts = [0, *ends[:-1]]
    first = "numbered" if pieces and style == "whole" else style
    styles = [first, *(style for _ in starts[1:])]
    bounds = zip(starts, ends, styles, strict=True)
    return [_batch(code[start:end], how) for start, end, how in bounds] or [""]


def _batch(snippets: Sequence[Snippet], style: str) -> str:
    """Lines of one file that were chosen for one reason stand under one label: labels cost tokens too.

    A `brief` label has neither lines nor reasons: whoever completes code quotes no place, and is asked so
    often that the words would cost more than the code. Code to imitate is still told from definitions. In a
    `numbered` one each line has its number, for whoever must quote places.
    """
    groups: dict[tuple[str, str], list[Snippet]] = {}
    for snippet in snippets:
        why = _in_brief(snippet.why) if style == "brief" else snippet.why
        groups.setdefault((snippet.path, why), []).append(snippet)
    rows = []
    for (path, why), some in groups.items():
        some.sort(key=lambda one: one.first_line)
        rows_of = ", ".join(f"{one.first_line}-{one.last_line}" for one in some)
        lines = "" if style == "brief" else f":{rows_of}"
        label = f"From {path}{lines}{f' ({why})' if why else ''}:\n"
        rows.append(label + "".join(f"{_text(one, style)}\n" for one in some))
    return "".join(rows)


def _text(snippet: Snippet, style: str) -> str:
    if style != "numbered":
        return snippet.text
    rows = enumerate(snippet.text.split("\n"), snippet.first_line)
    return "\n".join(f"{number}| {row}" for number, row in rows)


def _in_brief(why: str) -> str:
    if why.startswith("edited "):
        return "just edited"
    return "similar code" if "similar code" in why else ""
