"""What became of findings that no edge gets to see: refuted ones, and those whose quotes stand nowhere."""

from __future__ import annotations

import asyncio

from counterpoint.answers import Findings
from counterpoint.engine import Reply
from counterpoint.errors import ConfigError
from counterpoint.flows.reviewing.run import Run
from counterpoint.ledger import Look


def note_absent(run: Run, reply: Reply[Findings]) -> None:
    """Note what of an answer rests on quotes that do not stand in the files."""
    gone = sum(one.reason == "absent" for one in reply.answer.dropped)
    if gone and reply.calls:
        model = run.engine.catalogue.model(reply.calls[-1].model).label
        lens = run.options.passes[0] if len(run.options.passes) == 1 else ""
        run.looks += [Look("", "absent", run.tools.root, lens, model=model, job=run.job)] * gone


async def written_down(run: Run) -> None:
    """Write down what was noted, and what was refuted; that it cannot be is a failure like any other."""
    root = run.tools.root
    looks = [*run.looks, *(Look.of(one, "refuted", root) for one in run.refuted)]
    if not root or not looks:
        return
    try:
        await asyncio.to_thread(run.engine.ledger.looked, looks)
    except ConfigError as error:
        run.failed("ledger", error, "")
