"""Questions out of a repository's own history: commits that came with their tests, read with git.

Nothing of the work tree is read or changed. What may not be sent to a model today, by the ignore files, the
names of secrets and the settings in force, is in no question about yesterday either, whatever it was called
then. A secret in a live file is masked; a commit that shows one is left out: there are others.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from counterpoint.comparing.commits import FORMAT, Change, Commit, Delta, commits_in, hunks_of
from counterpoint.comparing.mining import by_names, by_texts, is_source, is_tests
from counterpoint.comparing.posing import POSERS, SHOWN, UNTOLD
from counterpoint.comparing.values import Case
from counterpoint.errors import UsageError
from counterpoint.flows.since import Followed
from counterpoint.git import Git
from counterpoint.project import Decoded, Project, decode
from counterpoint.redact import Guard, Source
from counterpoint.sensitive import why_sensitive
from counterpoint.text import language_of, split_lines

COMMITS = 3_000
"""So many commits are looked at, the newest first."""
_ABSENT = "absent"
_POOL = 3
"""The cases are drawn from this many times as many, if there are: not always the same ones."""


_HELD = "a file that may not be sent"


@dataclass(frozen=True, slots=True)
class Mined:
    """Cases, the newest first. `looked` commits were looked at; `left_out` counts those that make no task, by
    the reason in words."""

    cases: tuple[Case, ...]
    looked: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)


def cases_from_git(
    project: Project,
    task: str,
    count: int,
    *,
    seed: int = 0,
    commits: int = COMMITS,
    since: str = "HEAD",
    barred: Callable[[str], str | None] = lambda path: None,
) -> Mined:
    """At most `count` cases for a task, drawn by `seed` from the newest commits that make one.

    `barred` says of a path why one of the models that are to be asked may not see it, or None. The same
    repository and seed give the same cases. Reads git: use a thread. Raises UsageError for a task that
    history has no questions for, and where there is no git work tree.
    """
    if task not in POSERS:
        raise UsageError(
            f"History has no questions for {task!r}.", fix=f"Use one of: {', '.join(POSERS)}; or save a case."
        )
    git = Git(project.root)
    git.check("Run it in a git repository, or name files to ask about.")
    seen = _Seen(project, barred, Followed(project.root))
    left_out: Counter[str] = Counter()
    pool: list[Case] = []
    looked = 0
    for commit in commits_in(git.log(commits, FORMAT, since)):
        looked += 1
        found = _posed(git, seen, commit, task)
        if isinstance(found, str):
            left_out[found] += 1
            continue
        pool.append(found)
        if len(pool) >= _POOL * count:
            break
    chosen = sorted(random.Random(seed).sample(range(len(pool)), min(count, len(pool))))
    return Mined(tuple(pool[at] for at in chosen), looked, dict(left_out))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What may be shown of a commit."""

    project: Project
    barred: Callable[[str], str | None]
    followed: Followed
    secrets: Guard = field(default_factory=Guard)

    def why_not(self, commit: Commit) -> str:
        """Why nothing of a commit is shown: one of its files is kept back by a name it has had since. Its
        message and its tests may tell of any of them. "" for none. Runs git."""
        code = [one.path for one in commit.files if is_source(one) or is_tests(one)]
        for day in (commit.parents[0], commit.id):  # what is new in the commit has its names from there on
            since = self.followed.since(day, code)
            if any(since.guard(self.project.why_not_sent_text)(path, "") for path in code):
                return _HELD
            never = since.guard(lambda path, text: self.project.why_private(path) or self.barred(path))
            if any(never(one.path, "") for one in commit.files):
                return _HELD
        return ""

    def has_secret(self, path: str, text: str) -> bool:
        """Whether a text holds what would be masked in a live file."""
        return bool(self.secrets.find(Source(text, language_of(path))))


def _posed(git: Git, seen: _Seen, commit: Commit, task: str) -> Case | str:
    """The case that a commit makes, or why it makes none."""
    asks, shown = task not in UNTOLD, task in SHOWN
    if reason := by_names(commit, asks=asks, shown=shown):
        return reason
    try:
        change = change_of(git, seen.project, commit)
    except UsageError:  # a clone without all contents: it is not ended for one commit, and nothing is fetched
        return "a commit whose files are not here"
    if isinstance(change, str):
        return change
    if reason := by_texts(change, asks=asks, shown=shown):
        return reason
    found = POSERS[task](change)
    return found if isinstance(found, str) else _withheld(seen, change, found) or found


def _withheld(seen: _Seen, change: Change, case: Case) -> str:
    """Why a case is kept back: what is said and shown of it is of files that may not be sent, or holds what
    looks like a secret; "" for none."""
    put = dict(case.overlay)
    shown = (*change.sources, *(one for one in change.tests if one.path in put))
    if any(why_sensitive(one.path, one.before or "", one.after) for one in shown):
        return "a file that runs by itself"
    texts = [(one.path, text) for one in shown for text in (one.before or "", one.after)]
    if any(seen.has_secret(path, text) for path, text in (*texts, ("x.md", case.instruction))):
        return "a text with what looks like a secret"
    return seen.why_not(change.commit)


def change_of(git: Git, project: Project, commit: Commit) -> Change | str:
    """The texts of a commit's code and tests; why one of them cannot be read, or may not be sent."""
    parent = commit.parents[0]
    sources: list[Delta] = []
    tests: list[Delta] = []
    wanted = {one.path: is_source(one) for one in commit.files if is_source(one) or is_tests(one)}
    for changed in git.changed("--no-renames", parent, commit.id):
        if changed.path not in wanted:
            continue
        texts = (_text(git, project, side, changed.path) for side in (parent, commit.id))
        before, after = (one for one in texts)
        if isinstance(before, str) and before != _ABSENT:
            return before
        if isinstance(after, str):
            return after
        old = before.text if isinstance(before, Decoded) else None
        hunks = hunks_of(changed.diff, old or "", after.text)
        delta = Delta(changed.path, old, after.text, hunks)
        (sources if wanted[changed.path] else tests).append(delta)
    return Change(commit, parent, tuple(sources), tuple(tests))


def _text(git: Git, project: Project, revision: str, path: str) -> Decoded | str:
    """A file of a commit, or why it is not looked at."""
    raw = git.read(revision, path)
    if raw is None:
        return _ABSENT
    found = decode(raw) if len(raw) <= project.max_file_bytes else None
    if found is None:
        return "a file that is too long"
    if "\r" in found.text.replace("\r\n", "") or len(split_lines(found.text)) < found.text.count("\n"):
        return "a file whose lines end in an unusual way"
    return _HELD if project.why_not_sent_text(path, found.text) else found
