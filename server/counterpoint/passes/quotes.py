"""Which files of a repository a prompt quotes: its own passes and tasks stand there in tags of ours. Pure."""

from __future__ import annotations

import re

PASSES, TASKS = ".counterpoint/passes", ".counterpoint/tasks"
_FOLDERS = {"review_pass": PASSES, "project_task": TASKS}
_QUOTED = re.compile(rf'<({"|".join(_FOLDERS)}) name="([a-z0-9-]+)">')
"""Whoever writes such a tag into an instruction names no more than a file that is to be seen as well."""


def sources(*texts: str) -> tuple[str, ...]:
    """The files that texts of a prompt quote, workspace-relative, each once."""
    found = (match for text in texts for match in _QUOTED.finditer(text))
    return tuple(dict.fromkeys(f"{_FOLDERS[one[1]]}/{one[2]}.md" for one in found))
