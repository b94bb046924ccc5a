"""What was asked of this code before, in the words of commits that tell of nothing kept back."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from counterpoint.comparing.commits import FORMAT, Commit, commits_in
from counterpoint.errors import UsageError
from counterpoint.flows.since import Followed
from counterpoint.git import Git
from counterpoint.project import Project

_LOOKED = 200
"""So many commits are looked at, the newest first."""


def subjects(project: Project, count: int, barred: Callable[[str], str | None]) -> tuple[str, ...]:
    """The first lines of at most `count` messages, the newest first, of commits all of whose files may be
    sent, by every name they have had since; none without git. Runs git: use a thread.

    `barred` says of a path why one of the vendors may not see it, or None.
    """
    git, followed = Git(project.root), Followed(project.root)

    def held(path: str, text: str) -> str | None:
        return project.why_not_sent_text(path, text) or barred(path)

    def tells(commit: Commit) -> bool:
        """A merge names no files, and its message may tell of those of a whole branch."""
        if len(commit.parents) > 1 or not commit.files or not commit.subject:
            return False
        paths = [one.path for one in commit.files]
        guard = followed.since(next(iter(commit.parents), commit.id), paths).guard(held)
        return not any(guard(path, "") for path in paths)

    try:
        commits = commits_in(git.log(_LOOKED, FORMAT))
        return tuple(one.subject for one in islice(filter(tells, commits), count))
    except UsageError:
        return ()
