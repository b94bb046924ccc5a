"""A review that is killed at any stage: what was bought is not bought again, what was found is not lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.modelserver import ModelServer

TEXT = "def {name}(count):\n    return 100 / count\n"
PATHS = ("alpha.py", "beta.py", "gamma.py")


def finding(path: str) -> dict[str, Any]:
    return {
        "path": path, "line": 2, "quote": "100 / count", "severity": "P1", "confidence": 0.9,
        "category": "logic", "title": f"Divides by zero in {path}", "body": "When there are none.",
        "evidence": [], "fix": None,
    }  # fmt: skip


def verdict(path: str) -> dict[str, Any]:
    quote = {"path": path, "line": 2, "quote": "return 100 / count"}
    return {"claim": 1, "holds": "confirmed", "why": "Nothing guards it.", "quotes": [quote]}


class Held(threading.Event):
    """Lets no answer go to the request of a number, nor to later ones, until it is set."""

    def __init__(self, server: ModelServer, number: int) -> None:
        super().__init__()
        self._server, self._number = server, number

    def is_set(self) -> bool:
        return super().is_set() or self._server.state.arrived < self._number


def scripted(server: ModelServer, until: threading.Event) -> None:
    """Answers by what a prompt is about; a claim is about its finding's file."""
    for path in PATHS:
        asked = json.dumps({"findings": [finding(path)]})
        looked = json.dumps({"verdicts": [verdict(path)]})
        server.answer(looked, match=f"Claim 1: Divides by zero in {path}", repeat=True, until=until)
        server.answer(asked, match=f"File: {path} (python)", repeat=True, until=until)


def project(folder: Path) -> Path:
    root = folder / "project"
    root.mkdir(parents=True)
    for path in PATHS:
        (root / path).write_text(TEXT.format(name=path.removesuffix(".py")))
    return root


def started(root: Path, server: ModelServer, home: Path, parallel: int) -> subprocess.Popen[str]:
    environ = {
        **os.environ,
        "OPENAI_API_KEY": server.openai_key,
        "ANTHROPIC_API_KEY": server.anthropic_key,
        "OPENAI_BASE_URL": server.openai_url,
        "ANTHROPIC_BASE_URL": server.anthropic_url,
        "COUNTERPOINT_HOME": str(home),
        "COUNTERPOINT__KEYS__KEYRING": "false",
        "COUNTERPOINT__REVIEW__PARALLEL": str(parallel),
        "COUNTERPOINT__VERIFY__BY": '"same"',
    }
    command = [sys.executable, "-m", "counterpoint", "review", *PATHS, "--yes", "--format", "json"]
    return subprocess.Popen(
        command, cwd=root, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def ended(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=120)
    assert process.returncode in (0, 1), f"{out}\n{err}"
    value: dict[str, Any] = json.loads(out)
    return value


def bought(server: ModelServer) -> Counter[str]:
    """How often each unit was paid for in full, by kind and file."""
    paid: Counter[str] = Counter()
    for record in server.log:
        if record.finished:
            text = json.dumps(record.body)
            kind = "look" if "Claim 1:" in text else "find"
            paid[f"{kind} {next(path for path in PATHS if f'File: {path}' in text)}"] += 1
    return paid


@pytest.mark.parametrize("stage", [1, 4, 6])
def test_killed_as_a_request_is_under_way_and_resumed(stage: int, tmp_path: Path) -> None:
    """Six requests: three that find, three that look once more. It is killed amid each of them."""
    root, home = project(tmp_path), tmp_path / "home"
    with ModelServer() as server:
        killed = Held(server, stage)
        scripted(server, killed)
        process = started(root, server, home, parallel=1)
        try:
            server.wait_arrived(stage, 60)
        finally:
            process.kill()
            process.communicate(timeout=60)
        server.wait_idle(60)
        killed.set()
        once = bought(server)
        assert sum(once.values()) == stage - 1
        found = ended(started(root, server, home, parallel=1))
        assert {(one["path"], one["status"]) for one in found["findings"]} == {
            (path, "verified") for path in PATHS
        }
        assert set(bought(server).values()) == {1} and len(bought(server)) == 6
        if stage == 6:
            before = len(server.log)
            again = ended(started(root, server, home, parallel=1))
            assert len(server.log) == before
            assert [one["id"] for one in again["findings"]] == [one["id"] for one in found["findings"]]


def test_killed_with_several_requests_under_way(tmp_path: Path) -> None:
    root, home = project(tmp_path), tmp_path / "home"
    with ModelServer() as server:
        killed = Held(server, 1)
        scripted(server, killed)
        process = started(root, server, home, parallel=4)
        try:
            server.wait_arrived(3, 60)
        finally:
            process.kill()
            process.communicate(timeout=60)
        server.wait_idle(60)
        killed.set()
        found = ended(started(root, server, home, parallel=4))
        assert {(one["path"], one["status"]) for one in found["findings"]} == {
            (path, "verified") for path in PATHS
        }
        assert set(bought(server).values()) == {1} and len(bought(server)) == 6
