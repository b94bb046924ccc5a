"""What a change leaves behind: who wrote it, an edit of the ledger, and what is to be looked at later."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from counterpoint.answers import ChangeSet, FileChange
from counterpoint.engine import Reply
from counterpoint.flows.afterwards import remember
from counterpoint.ledger import EditOutcome, JobOutcome
from counterpoint.reviewing.machine import Origin
from counterpoint.tasks import Task
from counterpoint.text import language_of
from counterpoint.workspace import Workspace


async def remembered(
    workspace: Workspace, files: Sequence[FileChange], reply: Reply[ChangeSet], row: Task[ChangeSet]
) -> None:
    """What was written counts as machine-written from now on, and as an edit in the ledger."""
    name = reply.written_by(row.name)
    model = workspace.catalogue.model(name).label if name else "a model"
    await workspace.machine.applied(files, Origin(reply.job, model, row.name, time.time()))
    applied = EditOutcome(reply.job, row.name, "applied", name, language_of(files[0].path))
    await asyncio.to_thread(workspace.ledger.ended, applied)
    kept = JobOutcome(reply.job, row.name, "kept", name, applied.language)
    await asyncio.to_thread(workspace.ledger.judged, kept)
    await asyncio.to_thread(remember, workspace.ledger, workspace.root, kept, files)


async def printed(
    workspace: Workspace, files: Sequence[FileChange], reply: Reply[ChangeSet], row: Task[ChangeSet]
) -> None:
    """A patch that the user may apply: it counts once it stands in its files."""
    job = JobOutcome(reply.job, row.name, "kept", reply.written_by(row.name), language_of(files[0].path))
    await asyncio.to_thread(remember, workspace.ledger, workspace.root, job, files, printed=True)
