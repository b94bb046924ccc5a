"""Which models stand in for others, and what cannot be asked: what the status tells of one key, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterpoint.errors import NoUsableRole
from counterpoint.tasks import COMPLETE, EDIT, REVIEW

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace


async def stand_ins(workspace: Workspace) -> str:
    """A sentence for each role that another vendor fills, or nobody does; empty where all is as usual."""
    said: list[str] = []
    for task in (COMPLETE, EDIT, REVIEW):
        try:
            found = await workspace.engine.route(task)
        except NoUsableRole as error:
            said.append(str(error))
            continue
        if found.first.role == "embedded":
            said.append(f"Completions come from {found.first.model.label}: {found.first.reason}.")
        elif found.notice:
            said.append(found.notice)
    return " ".join(dict.fromkeys(said))
