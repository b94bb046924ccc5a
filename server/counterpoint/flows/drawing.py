"""Questions drawn from a repository as its user might ask them, and the standing texts of its prompts.

Reads files: use a thread. What may not be sent is not drawn.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from counterpoint import redact
from counterpoint.comparing.tightening import Standing
from counterpoint.context.instructions import places
from counterpoint.errors import UsageError
from counterpoint.flows.subjects import subjects
from counterpoint.models import Model
from counterpoint.pairing import own
from counterpoint.passes import known
from counterpoint.ports import Ports
from counterpoint.project import Project
from counterpoint.prompt import USER, prompt_text
from counterpoint.settings import Settings
from counterpoint.tasks import COMPLETE, EDIT, REVIEW, Task
from counterpoint.text import Document, Situation, Span, language_of

DRAWN: tuple[Task[Any], ...] = (COMPLETE, EDIT, REVIEW)
"""One of each shape that a day's work is made of."""
_NO_CODE = frozenset({"plaintext", "markdown", "json", "toml", "yaml", "html", "css"})
_FEWEST_LINES = 8
_EDITED = (4, 40)
_WORDS = "Handle the case that there is nothing to work on."
_SUBJECTS = 40


@dataclass(frozen=True, slots=True)
class Drawn:
    """A question that is planned and counted, and never asked."""

    task: Task[Any]
    situation: Situation


@dataclass(frozen=True, slots=True)
class Text:
    """A standing text, and as it may be sent."""

    standing: Standing
    masked: str


def drawn(
    project: Project,
    settings: Settings,
    count: int,
    seed: int,
    barred: Callable[[str], str | None] = lambda path: None,
) -> tuple[Drawn, ...]:
    """About so many questions, each task as often, of files in a drawn order. Raises UsageError where no file
    of code may be sent.

    `barred` says of a path why one of the vendors may not see it, or None: no commit that touched it lends
    its words.
    """
    draw = random.Random(seed)
    each = max(1, count // len(DRAWN))
    documents = _documents(project, draw, each * len(DRAWN))
    if not documents:
        raise UsageError("There is no source file that may be sent.", fix="Run it in a repository with code.")
    words = subjects(project, _SUBJECTS, barred) or (_WORDS,)
    found = []
    for at, document in enumerate(islice(cycle(documents), each * len(DRAWN))):
        task = DRAWN[at % len(DRAWN)]
        found.append(Drawn(task, _situation(task, document, project, settings, draw, words)))
    return tuple(found)


def _documents(project: Project, draw: random.Random, count: int) -> list[Document]:
    paths = sorted(path for path in project.paths() if language_of(path) not in _NO_CODE)
    draw.shuffle(paths)
    read = (project.read(path) for path in paths)
    return list(islice((one for one in read if one and len(one.lines) >= _FEWEST_LINES), count))


def _situation(
    task: Task[Any],
    document: Document,
    project: Project,
    settings: Settings,
    draw: random.Random,
    words: Sequence[str],
) -> Situation:
    if task is COMPLETE:
        rows = [at for at in range(len(document.lines)) if document.line(at).strip()]
        row = draw.choice(rows or [0])
        text = document.line(row)
        at = document.start_of(row) + draw.randint(len(text) - len(text.lstrip()), len(text))
        return Situation(document, Span(at, at), project)
    if task is EDIT:
        first = draw.randrange(len(document.lines))
        last = min(len(document.lines) - 1, first + draw.randint(*_EDITED))
        return Situation(document, document.span_of_lines(first, last), project, draw.choice(list(words)))
    return Situation(document, Span(0, len(document.text)), project, passes=tuple(settings.review.passes))


def standing(
    project: Project, settings: Settings, ports: Ports, old: Model, new: Model
) -> tuple[tuple[Text, ...], tuple[str, ...]]:
    """The standing texts of the drawn tasks' prompts that both vendors may see, and which are left out."""
    guard = redact.Guard()
    found, left = [], []
    for one, path in _standing(project, settings):
        barred = path and (ports.barred(path, old.provider) or ports.barred(path, new.provider))
        if barred:
            left.append(f"{path} is not weighed: {barred}.")
            continue
        masked = one.text
        if settings.privacy.secret_guard and path:
            try:
                source = redact.Source(one.text, "plaintext", part=True)
                masked = redact.mask((one.text,), guard, (source,)).text
            except redact.Unmaskable as error:
                left.append(f"{path} is not weighed: {error}.")
                continue
        found.append(Text(one, masked))
    return tuple(found), tuple(left)


def _standing(project: Project, settings: Settings) -> Iterator[tuple[Standing, str]]:
    """Each with its file, "" for shipped ones."""
    for task in DRAWN:
        system = prompt_text(task.name).partition(USER)[0]
        yield Standing(f"prompts/{task.name}.md", "shipped", task.name, system), ""
    passes = known(project)
    for name, row in passes.passes.items():
        if row.source:
            notices = _of(row.source, passes.notices)
            yield Standing(row.source, "pass", REVIEW.name, row.text, notices), row.source
        elif name in settings.review.passes:
            yield Standing(f"prompts/passes/{name}.md", "shipped", REVIEW.name, row.text), ""
    tasks = own.known(project)
    for mine in tasks.tasks.values():
        notices = _of(mine.source, tasks.notices)
        yield Standing(mine.source, "task", mine.task.name, mine.text, notices), mine.source
    for path in places("x"):
        document = project.read(path)
        if document is not None and document.text.strip():
            most = settings.context.instructions_characters
            yield Standing(path, "instructions", REVIEW.name, document.text[:most]), path


def _of(path: str, notices: Sequence[str]) -> tuple[str, ...]:
    return tuple(one.removeprefix(f"{path}, ") for one in notices if one.startswith(f"{path}, "))
