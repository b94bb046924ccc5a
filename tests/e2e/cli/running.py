"""What the tests of the command line share: a process, its output, git, and keys of the model server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from tests.modelserver import ModelServer

CONTRACT = Path(__file__).parents[2] / "contract"
WRONG = "def area(w, h):\n    return w + h\n"
FINDING = {
    "path": "shape.py", "line": 2, "quote": "w + h", "severity": "P1", "confidence": 0.9, "category": "logic",
    "title": "Area adds", "body": "It should multiply.", "evidence": [], "fix": None,
}  # fmt: skip
NO_MODEL = {"COUNTERPOINT__COMPLETION__EMBEDDED": "false"}


@dataclass(frozen=True)
class Ran:
    """A finished run."""

    code: int
    out: str
    err: str

    def json(self, contract: str) -> Any:
        """stdout as JSON, valid against the contract."""
        value = json.loads(self.out)
        schema = json.loads((CONTRACT / f"{contract}.json").read_text("utf-8"))
        jsonschema.validate(value, schema, format_checker=jsonschema.FormatChecker())
        return value


def command(*arguments: str) -> list[str]:
    """`counterpoint` with these arguments."""
    return [sys.executable, "-m", "counterpoint", *arguments]


def environment(env: dict[str, str] | None = None) -> dict[str, str]:
    """The environment of a run: no keyring, and what the test adds."""
    return {**os.environ, "COUNTERPOINT__KEYS__KEYRING": "false", **(env or {})}


def run(*arguments: str, cwd: Path, env: dict[str, str] | None = None, stdin: str = "") -> Ran:
    """Run `counterpoint` as a process."""
    done = subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=environment(env),
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=200,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def git(root: Path, *arguments: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *who, *arguments], cwd=root, check=True, capture_output=True, text=True, timeout=60
    )
    return done.stdout.strip()


def keys(server: ModelServer) -> dict[str, str]:
    return {
        "OPENAI_API_KEY": server.openai_key,
        "ANTHROPIC_API_KEY": server.anthropic_key,
        "OPENAI_BASE_URL": server.openai_url,
        "ANTHROPIC_BASE_URL": server.anthropic_url,
    }
