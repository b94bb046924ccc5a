"""An answer in prose is whole, or says that it is not; an empty one is none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from counterpoint.errors import BadAnswer
from counterpoint.tasks import ASK
from counterpoint.text import Document, Situation, Span
from tests.asking import Said, engine

ABOUT = Situation(Document.of("", "", "plaintext"), Span(0, 0), instruction="What?")


@pytest.mark.asyncio
async def test_an_empty_answer_is_no_answer(tmp_path: Path) -> None:
    with pytest.raises(BadAnswer, match="empty"):
        await engine(Said([" \n"]), tmp_path).ask(ASK, ABOUT)


@pytest.mark.asyncio
@pytest.mark.parametrize(("stop", "dropped"), [("end", []), ("length", ["cut-off"])])
async def test_an_answer_that_was_cut_off_says_so(tmp_path: Path, stop: str, dropped: list[str]) -> None:
    reply = await engine(Said(["It is here."], stop=stop), tmp_path).ask(ASK, ABOUT)
    assert [one.reason for one in reply.answer.dropped] == dropped


def test_an_interruption_while_the_program_is_read_ends_it_as_any(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt\n")
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "counterpoint", "models"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (130, "Interrupted.\n")
