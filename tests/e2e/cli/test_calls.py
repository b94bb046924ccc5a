"""Calls from the command line: interrupted, priced before they are made, on the small model, in JSON."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from counterpoint.providers.embedded import embedded_available
from counterpoint.settings import Settings
from tests.modelserver import ModelServer

CONTRACT = Path(__file__).parents[2] / "contract"


@pytest.fixture
def models() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "shape.py").write_text("def area(w, h):\n    return w\n")
    return tmp_path


def start(*arguments: str, cwd: Path, server: ModelServer | None = None) -> subprocess.Popen[str]:
    env = {**os.environ, "COUNTERPOINT__KEYS__KEYRING": "false"}
    if server is not None:
        env |= {
            "OPENAI_API_KEY": server.openai_key,
            "ANTHROPIC_API_KEY": server.anthropic_key,
            "OPENAI_BASE_URL": server.openai_url,
            "ANTHROPIC_BASE_URL": server.anthropic_url,
        }
    # A run in the background of a shell ignores SIGINT, and so would what it starts.
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "counterpoint", *arguments],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
    finally:
        signal.signal(signal.SIGINT, previous)


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=200)
    return process.returncode, out, err


def valid(text: str, contract: str) -> Any:
    value = json.loads(text)
    jsonschema.validate(value, json.loads((CONTRACT / f"{contract}.json").read_text("utf-8")))
    return value


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_an_interrupt_closes_the_socket_and_keeps_the_ledger(work: Path, models: ModelServer) -> None:
    models.answer("word " * 2000, first_token=0.01, between=0.05)
    process = start("review", "shape.py", cwd=work, server=models)
    models.wait_arrived(1, timeout=60)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    code, out, err = ended(process)
    assert code == 130, err
    assert "Interrupted: " in out, out + err
    models.wait_idle(60)
    assert [record.closed_early for record in models.log] == [True]
    costs = valid(ended(start("costs", "--format", "json", cwd=work))[1], "costs")
    assert costs["totals"][0]["calls"] == 1
    assert costs["cost_usd"] > 0


def test_a_completion_as_json(work: Path, models: ModelServer) -> None:
    models.answer(" * h")
    code, out, err = ended(start("complete", "shape.py:2:13", "--format", "json", cwd=work, server=models))
    assert code == 0, err
    value = valid(out, "complete")
    assert value["text"] == " * h"
    assert value["start"] == value["end"] == {"line": 2, "column": 13}
    assert value["calls"][0]["model"] == "gpt-5.5"


def test_an_edit_beyond_the_price_is_not_asked_for(work: Path, models: ModelServer) -> None:
    edit = ("edit", "shape.py", "multiply", "--max-cost", "0.0001")
    code, out, err = ended(start(*edit, cwd=work, server=models))
    assert code == 4
    assert out == ""
    assert "--max-cost" in err
    assert models.log == ()


@pytest.mark.tokens
@pytest.mark.skipif(
    embedded_available(Settings()) is not None and not os.environ.get("CI"),
    reason=str(embedded_available(Settings())),
)
def test_with_no_key_the_small_model_completes(work: Path) -> None:
    (work / "sum.py").write_text("def add(a, b):\n    return a +")
    code, out, err = ended(start("complete", "sum.py:2:15", cwd=work))
    assert code == 0, err
    assert out.strip().startswith("b")
    assert "free, on this machine" in err
