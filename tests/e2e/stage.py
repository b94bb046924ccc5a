"""What every editor test stands on: the sample project, a played model server, the real server's command.

A tool that is missing skips the test aloud; in CI it fails it.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest

from tests.modelserver import control
from tests.modelserver.server import ModelServer

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
SERVER = Path(sys.executable).parent / "counterpoint"

STATIC = "    if signature_of(body, secret) != signature:"
AT_FAULT = (
    """        await db.run("UPDATE orders SET status = ? WHERE id = ?", (status.value, event["order"]))"""
)
MENDED = AT_FAULT.replace("WHERE id = ?", "WHERE id = ? AND status = 'paid'")
FIX_TITLE = "Move only orders that are paid"
FINDING_TITLE = "A late event overwrites whatever the order has become"
STANDS = "        self._connection = sqlite3.connect(path, check_same_thread=False)"
STANDS_TITLE = "Threads share one connection"
DISMISSED = "        self._connection.close()"
DISMISSED_TITLE = "Closing does not wait for a statement under way"
OTHER = "orders/db.py"
"""A file nobody opens, of which two findings speak."""
GHOST = "json.dumps(event, sort_keys=True)"
BESIDE = "(body, secret)"
RENAMED = '"""Money in and out: the payment provider."""'


@dataclass(frozen=True)
class Stage:
    """A workspace on disk and the environment in which editors are started."""

    workspace: Path
    home: Path
    environ: dict[str, str]

    @property
    def payments(self) -> Path:
        return self.workspace / "orders" / "payments.py"


def needed(path: Path | str | None, what: str) -> Path:
    """The path if it is there; else the test is skipped, in CI failed."""
    if path is not None and Path(path).exists():
        return Path(path)
    message = f"{what} is missing; `make tools` fetches what can be fetched"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@contextlib.contextmanager
def stage(
    folder: Path, first: Sequence[dict[str, Any]] = (), troubles: Sequence[dict[str, Any]] = ()
) -> Iterator[Stage]:
    """A copy of the sample under git, with both vendors played on loopback and consent given. What they say
    is looked for in `first`, then in `answers`; where one of `troubles` fits, that is met with instead."""
    with ModelServer() as models, as_file(files("counterpoint").joinpath("sample")) as sample:
        control.script(models.state, {"answers": [*first, *answers()], "faults": [*troubles]})
        workspace, home = folder / "shop", folder / "home"
        shutil.copytree(sample, workspace, ignore=shutil.ignore_patterns("__pycache__"))
        home.mkdir()
        for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "The shop"]):
            subprocess.run(["git", *command], cwd=workspace, env=_git(home), check=True, timeout=60)
        yield Stage(workspace, home, _environ(home, models))


def line_of(wanted: str, path: str = "orders/payments.py") -> int:
    """The 1-based line of a file of the sample that reads so."""
    text = files("counterpoint").joinpath("sample", *path.split("/")).read_text(encoding="utf-8")
    return text.split("\n").index(wanted) + 1


def answers() -> list[dict[str, Any]]:
    """What the played models say, by what they are asked for."""
    fix = {
        "path": "orders/payments.py",
        "line": line_of(AT_FAULT),
        "old": AT_FAULT,
        "new": MENDED,
        "reason": FIX_TITLE,
    }
    finding = {
        "path": "orders/payments.py",
        "line": line_of(AT_FAULT),
        "quote": AT_FAULT,
        "severity": "P1",
        "confidence": 0.95,
        "category": "logic",
        "title": FINDING_TITLE,
        "body": "Events come twice, or late: a shipped order then falls back to refunded.",
        "evidence": [],
        "fix": {"title": FIX_TITLE, "edits": [fix]},
    }
    others = [
        {**finding, "path": OTHER, "line": 1, "quote": quote, "severity": "P2", "title": title, "fix": None}
        for quote, title in ((STANDS, STANDS_TITLE), (DISMISSED, DISMISSED_TITLE))
    ]
    first = '"""Calls to the payment provider, and what it tells us in return."""'
    edit = {"path": "orders/payments.py", "line": 1, "old": first, "new": RENAMED, "reason": "Say it shorter"}
    return [
        {"text": json.dumps({"findings": [finding, *others]}), "match": "You review code", "repeat": True},
        {"text": json.dumps({"verdicts": _verdicts()}), "match": "You take a second look", "repeat": True},
        {"text": json.dumps({"assumptions": [], "edits": [edit]}), "match": "Request:", "repeat": True},
        {"text": BESIDE, "match": "third = signature_of", "repeat": True},
        {"text": GHOST, "match": "You complete code", "repeat": True},
    ]


def _verdicts() -> list[dict[str, Any]]:
    """Each claim is confirmed by the line it is about."""
    quoted = (("orders/payments.py", AT_FAULT), (OTHER, STANDS), (OTHER, DISMISSED))
    return [
        {
            "claim": number,
            "quotes": [{"path": path, "line": 1, "quote": quote}],
            "why": "The line does what is said.",
            "holds": "confirmed",
        }
        for number, (path, quote) in enumerate(quoted, 1)
    ]


def _git(home: Path) -> dict[str, str]:
    names = [f"GIT_{role}_{what}" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
    who = dict.fromkeys(names, "shop@example.org")
    return {**_bare(), "HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", **who}


def _environ(home: Path, models: ModelServer) -> dict[str, str]:
    return {
        **_bare(),
        "HOME": str(home),
        "COUNTERPOINT_HOME": str(home / "counterpoint"),
        "OPENAI_API_KEY": models.openai_key,
        "OPENAI_BASE_URL": models.openai_url,
        "ANTHROPIC_API_KEY": models.anthropic_key,
        "ANTHROPIC_BASE_URL": models.url,
    }


def _bare() -> dict[str, str]:
    kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "NO_PROXY": "127.0.0.1,localhost",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }


def end_group(process: subprocess.Popen[Any]) -> None:
    """End a process started in a session of its own, with all it has started, and wait for it."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
            break
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _group_lives(process.pid):
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True
