"""Progress in the editor for whatever takes longer than a second, with a way to stop it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from counterpoint.lsp.session import Session

_CREATE_SECONDS = 2.0

Report = Callable[[str], None]


@contextlib.asynccontextmanager
async def progress(
    session: Session, job: str, title: str, *, cancellable: bool = True, shown: bool = True
) -> AsyncIterator[Report]:
    """Show `title` until the block ends; yields a function for messages. The job's id is the token, so that
    the client's Cancel finds the job. What no user asked for is not `shown`."""
    protocol = session.server.protocol

    def send(
        value: types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd,
    ) -> None:
        protocol.notify(types.PROGRESS, types.ProgressParams(token=job, value=value))

    if not shown or not session.client.progress or not await _created(session, job):
        yield lambda message: None
        return

    def report(message: str) -> None:
        send(types.WorkDoneProgressReport(message=message, cancellable=cancellable))

    send(types.WorkDoneProgressBegin(title=title, cancellable=cancellable))
    session.jobs.reports[job] = report
    try:
        yield report
    finally:
        session.jobs.reports.pop(job, None)
        send(types.WorkDoneProgressEnd())


async def _created(session: Session, token: str) -> bool:
    params = types.WorkDoneProgressCreateParams(token=token)
    try:
        await session.server.protocol.ask(types.WINDOW_WORK_DONE_PROGRESS_CREATE, params, _CREATE_SECONDS)
    except (JsonRpcException, TimeoutError):
        return False
    return True


def cancelled(session: Session, params: types.WorkDoneProgressCancelParams) -> None:
    """The client's Cancel."""
    session.jobs.cancel(str(params.token))
