"""The configuration of each editor, as `counterpoint setup EDITOR` prints it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from counterpoint.errors import UsageError


@dataclass(frozen=True, slots=True)
class Setup:
    """`text` is what goes into `place`; `then` is what else to do, or empty."""

    editor: str
    place: str
    then: str
    text: str


_LUA = "neovim/lsp/counterpoint.lua"
_FILES = {
    "neovim": (_LUA, "~/.config/nvim/lsp/counterpoint.lua", "vim.lsp.enable('counterpoint') in init.lua"),
    "helix": ("helix/languages.toml", "~/.config/helix/languages.toml", ""),
    "emacs": ("emacs/counterpoint.el", "your init file", ""),
    "sublime": ("sublime/LSP.sublime-settings", "Package Settings > LSP > Settings", ""),
    "kate": ("kate/settings.json", "LSP Client > User Server Settings", ""),
}


def editors() -> tuple[str, ...]:
    """Names that `setup` knows."""
    return tuple(_FILES)


def setup(editor: str) -> Setup:
    """The configuration for one editor. Raises UsageError naming the known ones."""
    if editor not in _FILES:
        raise UsageError(f"There is no configuration for {editor!r}.", fix=f"Known are: {', '.join(_FILES)}.")
    name, place, then = _FILES[editor]
    return Setup(editor, place, then, files(__package__).joinpath(name).read_text(encoding="utf-8"))
