"""The tasks of a repository: `.counterpoint/tasks/*.md`, which stand in the same menu as the shipped ones.

A task is a Markdown file named as the task, with or without front matter:

    ---
    title: Write the migration
    role: fast              (or deep)
    scope: selection        (or symbol, file)
    answer: edits           (or findings, prose)
    ---
    Write a migration for the selected model. Our migrations ...

What it says was written by the repository: it is quoted to the model, and there is no field by which it could
choose a model, an address, a key, a command or a budget. A file that cannot be used is told and left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

from counterpoint.answers import ChangeSet, Findings, Prose
from counterpoint.errors import ConfigError, UsageError
from counterpoint.passes import front, lint, quotes
from counterpoint.project import Project
from counterpoint.tasks import REWRITE, TASKS, Fits, Task

FOLDER = quotes.TASKS
PROMPTS = ("own_edits", "own_findings", "own_prose")
"""The prompt files that such tasks share, one for each shape of an answer."""
Scope: TypeAlias = Literal["selection", "symbol", "file"]
OwnTask: TypeAlias = Task[ChangeSet] | Task[Findings] | Task[Prose]
_FIELDS = ("title", "role", "scope", "answer")
_ROLES, _SCOPES, _ANSWERS = ("fast", "deep"), ("selection", "symbol", "file"), ("edits", "findings", "prose")
_FITS: Mapping[str, Fits] = {"selection": "selection", "symbol": "symbol", "file": "anywhere"}
_TAGS = re.compile(
    r"<(?=/?(?:project_task|project_text|review_pass|before|after|claims?)\b|!-- (?:user|part) -->)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Own:
    """A task of the repository. `source` is the file it is in, `text` what that says."""

    task: OwnTask
    scope: Scope
    source: str
    text: str

    @property
    def request(self) -> str:
        """What is asked, as a quotation. Marks of our own in it are made harmless."""
        text = _TAGS.sub("&lt;", self.text)
        return f'<project_task name="{self.task.name}">\n{text}\n</project_task>'


@dataclass(frozen=True, slots=True)
class OwnTasks:
    """Tasks by name. `problems` say which files were not used and why, `notices` which wording of one that
    looks for findings a model obeys too well; both for people, with what to do."""

    tasks: Mapping[str, Own] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()

    def named(self, name: str) -> Own:
        """The task called so. Raises UsageError, which says what is wrong with its file if there is one."""
        if name in self.tasks:
            return self.tasks[name]
        spoilt = next((text for text in self.problems if text.startswith(f"{FOLDER}/{name}.md:")), "")
        raise UsageError(
            f"No task is called {name!r}.",
            fix=spoilt or f"Use one of: {', '.join((*TASKS, *self.tasks))}.",
        )


def known(project: Project) -> OwnTasks:
    """The tasks of a workspace. Reads files: use a thread.

    A file that is ignored, secret-like, local only or a link out of the workspace is not read, since its text
    would be sent.
    """
    found: dict[str, Own] = {}
    problems: list[str] = []
    notices: list[str] = []
    for path in front.files_in(project, FOLDER, "tasks", problems):
        try:
            one = _own(project, path)
        except ConfigError as error:
            problems.append(f"{path}: {error}")
            continue
        found[one.task.name] = one
        if one.task.shape is Findings:
            notices += (f"{path}, {notice}" for notice in lint(one.text))
    return OwnTasks(found, tuple(problems), tuple(notices))


def _own(project: Project, path: str) -> Own:
    name = front.name_of(path, "task", tuple(TASKS))
    head, text = front.parted(front.read(project, path, "task"), _FIELDS, "what is to be done")
    role = cast(Literal["fast", "deep"], front.choice_of(head, "role", _ROLES))
    scope = cast(Scope, front.choice_of(head, "scope", _SCOPES))
    answer = front.choice_of(head, "answer", _ANSWERS)
    return Own(_row(name, front.title_of(head, name), role, answer, _FITS[scope]), scope, path, text)


def _row(name: str, title: str, role: Literal["fast", "deep"], answer: str, fits: Fits) -> OwnTask:
    """A row like the shipped ones: what it may cost follows from the role and the shape."""
    deep = role == "deep"
    effort, seconds = ("high", 600.0) if deep else ("low", 120.0)
    prompt = f"own_{answer}"
    if answer == "findings":
        prior = (400, 6_000) if deep else (300, 4_000)
        return Task(
            name, title, role, Findings, effort, 32_000, seconds, prior, REWRITE, "review", "", fits, prompt
        )
    if answer == "prose":
        return Task(
            name, title, role, Prose, effort, 16_000, seconds, (200, 2_000), REWRITE, "edit", "", fits, prompt
        )
    prior, most = ((400, 8_000), 64_000) if deep else ((150, 3_000), 25_000)
    return Task(name, title, role, ChangeSet, effort, most, seconds, prior, REWRITE, "edit", "", fits, prompt)
