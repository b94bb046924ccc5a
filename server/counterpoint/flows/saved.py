"""Cases that a user has saved in the workspace: read with care, and written without anything secret."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from counterpoint.comparing.saved import FOLDER, case_in, digest, written, written_since
from counterpoint.comparing.values import Case
from counterpoint.disk import Disk
from counterpoint.errors import ConfigError, UsageError
from counterpoint.git import Git
from counterpoint.pairing import own
from counterpoint.passes import front
from counterpoint.project import Decoded, Project, decode
from counterpoint.redact import Guard, Source
from counterpoint.tasks import COMPLETE, TASKS
from counterpoint.text import language_of


@dataclass(frozen=True, slots=True)
class Saved:
    """Cases by their files, in order. `problems` say which files are none and why, for people."""

    cases: tuple[Case, ...] = ()
    problems: tuple[str, ...] = ()


def saved_cases(project: Project, names: Sequence[str] = ()) -> Saved:
    """The saved cases called so, or all of them. Reads files and runs git: use a thread.

    Raises UsageError for a name that no file has, or whose file is no case.
    """
    problems: list[str] = []
    found: dict[str, Case] = {}
    tasks = (*TASKS, *own.known(project).tasks)
    for path in front.files_in(project, FOLDER, "cases", problems):
        try:
            case = _read(project, path, tasks)
        except ConfigError as error:
            problems.append(f"{path}: {error}")
            continue
        found[case.name] = case
    for name in names:
        if name not in found:
            spoilt = next((text for text in problems if text.startswith(f"{FOLDER}/{name}.md:")), "")
            known = f"Use one of: {', '.join(found)}." if found else "Save one with --save NAME."
            raise UsageError(f"No saved case is called {name!r}.", fix=spoilt or known)
    return Saved(tuple(found[name] for name in names or found), tuple(problems))


def with_written(project: Project, case: Case) -> Case:
    """A completion's case with what was written at its place since it was saved, where that is seen. The
    answer of no other task is known so. Reads files and runs git: use a thread."""
    now = project.load(case.path)
    if (
        case.task != COMPLETE.name
        or case.lines is None
        or case.column is None
        or not isinstance(now, Decoded)
    ):
        return case
    before = dict(case.overlay).get(case.path)
    if before is None and case.where:
        with contextlib.suppress(UsageError):
            raw = Git(project.root).read(case.where, case.path)
            found = decode(raw) if raw is not None else None
            before = found.text if found is not None else None
    if before is None:
        return case
    return replace(case, expected=written_since(before, case.lines[0] - 1, case.column - 1, now.text))


def save_case(project: Project, case: Case) -> str:
    """Write a case about a file as it is now; the path that was written, relative to the workspace.

    A file that is as its last commit has it is named by that commit; the text of any other is kept in the
    case. Reads files and runs git: use a thread. Raises UsageError where that name is taken or is none, and
    for a file that may not be sent or holds a secret.
    """
    path = f"{FOLDER}/{case.name}.md"
    try:
        plain = front.name_of(path, "case", ()) == case.name  # a name with a slash would lead elsewhere
    except ConfigError:
        plain = False
    if not plain:
        raise UsageError(
            f"{case.name!r} is no name of a case.", fix="Use small letters, digits and hyphens, at most 40."
        )
    text = _text_of(project, case.path)
    if _has_secret(case.instruction, "x.md"):
        raise UsageError("The instruction holds what looks like a secret.", fix="Leave it out.")
    commit = _committed(project, case.path, text)
    if commit:
        whole = written(replace(case, where=commit), digest(text))
    else:
        if _has_secret(text, case.path):
            raise UsageError(
                f"{case.path} holds what looks like a secret, which a saved case would keep.",
                fix="Take the secret out of the file, or commit the file first.",
            )
        if "\r" in text:
            raise UsageError(
                f"{case.path} has line ends that a case cannot keep.", fix="Commit the file first."
            )
        whole = written(replace(case, overlay=((case.path, text),)))
    _write(project, path, whole)
    return path


def _read(project: Project, path: str, tasks: Sequence[str]) -> Case:
    name = front.name_of(path, "case", ())
    case, wanted = case_in(name, front.read(project, path, "case"))
    if case.task not in tasks:
        raise ConfigError(f"no task is called {case.task!r}.", fix=f"Use one of: {', '.join(tasks)}.")
    for one, text in ((case.path, ""), *case.overlay):
        if why := project.why_not_sent_text(one, text):
            raise ConfigError(f"{one} may not be sent: {why}.", fix="Name another file.")
    if case.where and not case.overlay:
        _same(project, case, wanted)
    return case


def _same(project: Project, case: Case, wanted: str) -> None:
    """That the file is what it was when the case was saved. Raises ConfigError."""
    try:
        raw = Git(project.root).read(case.where, case.path)
    except UsageError as error:
        raise ConfigError(error.message, fix="Read the case in a clone of its repository.") from None
    found = decode(raw) if raw is not None else None
    if found is None:
        raise ConfigError(
            f"{case.path} is not in {case.where[:12]}.", fix="Fetch that commit, or save it anew."
        )
    if wanted and digest(found.text) != wanted:
        raise ConfigError(f"{case.path} is another in {case.where[:12]}.", fix="Save the case anew.")


def _text_of(project: Project, path: str) -> str:
    found = project.load(path)
    why = found if isinstance(found, str) else project.why_not_sent_text(path, found.text)
    if not isinstance(found, Decoded) or why:
        raise UsageError(f"{path} makes no case: {why}.", fix="Name a file that may be sent to a model.")
    return found.text


def _has_secret(text: str, path: str) -> bool:
    return bool(Guard(0).find(Source(text, language_of(path))))


def _committed(project: Project, path: str, text: str) -> str:
    """The last commit, where it has the file as it is; else ""."""
    with contextlib.suppress(UsageError):
        git = Git(project.root)
        git.check()
        commit = git.head()
        raw = git.read(commit, path)
        found = decode(raw) if raw is not None else None
        return commit if found is not None and found.text == text else ""
    return ""


def _write(project: Project, path: str, text: str) -> None:
    disk = Disk(project)
    if disk.exists(path):
        raise UsageError(f"{path} is there already.", fix="Choose another name, or remove it.")
    if disk.why_not(path):
        raise UsageError(
            f"{path} cannot be written: {disk.why_not(path)}.", fix="Have a look at the ignore files."
        )
    file = project.root / path
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.", fix="Correct that.") from None
