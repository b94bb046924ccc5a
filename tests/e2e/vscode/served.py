"""A real VS Code with the packed extension, served to a headless Chromium that a script drives."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests import hostile
from tests.e2e import stage

NODE = stage.TOOLS / "bin" / "node"
ENTRY = stage.TOOLS / "code-server" / "node_modules" / "code-server" / "out" / "node" / "entry.js"
VSIX = stage.ROOT / "dist" / "counterpoint.vsix"
SHOTS = stage.TOOLS / "screenshots"
SECONDS = 300
Steps = dict[str, dict[str, Any]]

SETTINGS = {
    "workbench.startupEditor": "none",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.reduceMotion": "on",
    "workbench.editor.useModal": "off",
    "window.commandCenter": False,
    "window.title": "${activeEditorShort}${separator}${rootName}",
    "git.blame.statusBarItem.enabled": False,
    "editor.inlineSuggest.enabled": True,
    "editor.quickSuggestions": {"other": "off", "comments": "off", "strings": "off"},
    "editor.autoClosingBrackets": "never",
    "editor.minimap.enabled": False,
    "editor.fontSize": 12,
    "files.autoSave": "off",
    "telemetry.telemetryLevel": "off",
    "chat.disableAIFeatures": True,
    "git.openRepositoryInParentFolders": "never",
}
COMMAND = [str(stage.SERVER), "serve"]
NOTHING: Mapping[str, str] = {}
MACHINE = {"counterpoint.profile": ""}
"""Of somebody who has chosen no profile, and is not asked."""


def play(
    folder: Path,
    driver: Path,
    titles: Mapping[str, Any],
    *,
    shots: Path,
    first: Sequence[dict[str, Any]] = (),
    troubles: Sequence[dict[str, Any]] = (),
    machine: Mapping[str, Any] = MACHINE,
    carried: Mapping[str, str] = NOTHING,
    before: Callable[[stage.Stage], None] = lambda set_up: None,
) -> Steps:
    """Steps of one session in VS Code, by name. `driver` plays the user and is told `titles`; its pictures
    lie in `shots`. `first` and `troubles` as in `stage`; `machine` are settings besides the server's command,
    `carried` files that the repository brings along; `before` brings about what was there before."""
    stage.needed(NODE, "Node")
    stage.needed(ENTRY, "code-server")
    stage.needed(stage.ROOT / "node_modules" / "playwright-core", "playwright-core")
    stage.needed(VSIX, "dist/counterpoint.vsix (make vsix)")
    stage.needed(stage.SERVER, "the counterpoint command")
    chromium = stage.needed(shutil.which("chromium") or shutil.which("chromium-browser"), "Chromium")
    with stage.stage(folder, first, troubles) as set_up:
        hostile.plant(set_up.workspace, carried)
        before(set_up)
        places = _installed(folder, set_up, machine)
        port = _free_port()
        serving = _start(set_up, [*places, *_flags(port), str(set_up.workspace)], folder / "code-server.log")
        try:
            _await_health(serving, port, folder / "code-server.log")
            order = {
                "url": f"http://127.0.0.1:{port}/?folder={set_up.workspace}",
                "chromium": str(chromium),
                "screenshots": str(shots),
                "server": COMMAND,
                "titles": {**titles},
            }
            return _driven(set_up, driver, order, folder)
        finally:
            stage.end_group(serving)


def _installed(folder: Path, set_up: stage.Stage, machine: Mapping[str, Any]) -> list[str]:
    """A fresh profile with the extension in it, as arguments."""
    user, extensions = folder / "user", folder / "extensions"
    # VS Code takes a machine-scoped setting from where the server runs, and nowhere else.
    own = {**machine, "counterpoint.server.command": COMMAND}
    for name, settings in (("User", SETTINGS), ("Machine", own)):
        (user / name).mkdir(parents=True)
        (user / name / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    places = ["--user-data-dir", str(user), "--extensions-dir", str(extensions)]
    install = [str(NODE), str(ENTRY), *places, "--install-extension", str(VSIX)]
    done = subprocess.run(
        install, env=set_up.environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return places


def _flags(port: int) -> list[str]:
    return [
        *("--auth", "none", "--bind-addr", f"127.0.0.1:{port}", "--reconnection-grace-time", "5"),
        *("--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"),
    ]


def _start(set_up: stage.Stage, arguments: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as sink:
        return subprocess.Popen(
            [str(NODE), str(ENTRY), *arguments],
            env=set_up.environ,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _await_health(serving: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and serving.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"code-server did not start: {log.read_text('utf-8', 'replace')[-2000:]}")


def _driven(set_up: stage.Stage, driver: Path, order: dict[str, Any], folder: Path) -> Steps:
    shots = Path(order["screenshots"])
    shots.mkdir(parents=True, exist_ok=True)
    for old in shots.glob("*.png"):
        old.unlink()
    process = subprocess.Popen(
        [str(NODE), str(driver), json.dumps(order)],
        env={**set_up.environ, "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, err = process.communicate(timeout=SECONDS)
    finally:
        stage.end_group(process)
    steps = {line["step"]: line for line in map(json.loads, out.splitlines())}
    if problem := steps.get("failed"):
        told = [problem["problem"], f"said: {problem['toasts']}", f"steps: {[*steps]}"]
        pytest.fail("\n".join([*told, f"see {shots}/failed.png", _logged(folder)]))
    assert process.returncode == 0, err
    return steps


def _logged(folder: Path) -> str:
    """The ends of what the extension and the server wrote into their output channels."""
    found = sorted(folder.glob("user/logs/*/exthost*/output_logging_*/*ounterpoint*"))
    return "\n".join(f"---- {one.name}\n{one.read_text('utf-8', 'replace')[-4000:]}" for one in found)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
