"""A process that spends: question after question to the model server, some broken off, until stdin ends.

python -m tests.bench.money_worker FOLDER SEED     (started by tests.bench.money)
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import threading
import uuid
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from counterpoint.answers import Insertion
from counterpoint.errors import CounterpointError
from counterpoint.tasks import ASK, COMPLETE, EDIT, REVIEW, Task
from counterpoint.text import Document, Situation, Span
from counterpoint.turns import Turns
from counterpoint.workspace import Workspace, open_workspace

FAULTS = (
    *("server_error", "overloaded", "rate_limited", "drop_before_headers", "drop_mid_stream"),
    *("reset_mid_stream", "early_end", "no_body", "html_ok", "error_event", "failed_event", "invalid_utf8"),
    *("odd_framing", "unknown_event", "refusal", "truncated", "content_filter", "empty", "bad_gateway"),
)
TASKS: tuple[Task[Any], ...] = (COMPLETE, COMPLETE, EDIT, ASK, REVIEW)
AT_ONCE = 3
FAULTY, BROKEN_OFF, SHORTLY = 0.08, 0.25, 0.5
"""Shares of the questions; the last of completions, whose answer ends by itself."""
SHORT = "short_answer_wanted"
LONGEST = 0.25
"""Seconds after which a question is broken off at the latest."""


def word(job: str) -> str:
    """What the prompt of a job has in it, for the model server's log to be told apart by."""
    return f"job_{job}_here"


def question(dice: random.Random, job: str) -> tuple[Task[Any], Situation]:
    task = dice.choice(TASKS)
    fault = f" fault_{dice.choice(FAULTS)}_now" if dice.random() < FAULTY else ""
    if task.shape is Insertion and dice.random() < SHORTLY:
        fault += f" {SHORT}"
    lines = [f"def line_{n}(value):\n    return value + {n}\n\n" for n in range(dice.randint(2, 60))]
    text = f"# {word(job)}{fault}\n{''.join(lines)}total = "
    document = Document.of(f"src/{job}.py", text, "python", 1)
    at = len(text)
    span = Span(at, at) if task.shape is Insertion else Span(0, at)
    return task, Situation(document, span, instruction="Say what this does.", trigger="invoked")


async def asked(workspace: Workspace, dice: random.Random) -> None:
    job = uuid.uuid4().hex[:12]
    task, situation = question(dice, job)
    with suppress(CounterpointError, TimeoutError):
        if dice.random() < BROKEN_OFF:
            async with asyncio.timeout(dice.uniform(0.0, LONGEST)):
                await workspace.engine.ask(task, situation, job=job)
        else:
            await workspace.engine.ask(task, situation, job=job)


async def spend(folder: Path, seed: int) -> None:
    dice = random.Random(seed)
    over = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        over.set()

    threading.Thread(target=wait, daemon=True).start()

    async def one() -> None:
        while not over.is_set():
            # A new one each time, that hears of no other: a model that failed is left alone for longer than
            # this test runs.
            workspace = await open_workspace(folder, environ=os.environ)
            workspace.engine.ports = replace(workspace.engine.ports, turns=Turns())
            try:
                for _ in range(dice.randint(20, 60)):
                    if over.is_set():
                        break
                    await asked(workspace, dice)
            finally:
                await workspace.close()

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(spend(Path(sys.argv[1]), int(sys.argv[2])))
