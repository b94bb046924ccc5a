"""`counterpoint setup EDITOR`: prints the configuration for an editor. Changes no file."""

from __future__ import annotations

from importlib.resources import files

import click

from counterpoint.cli import shapes
from counterpoint.cli.opened import format_option
from counterpoint.cli.terminal import print_json, tell, write_text
from counterpoint.errors import UsageError

EDITORS: dict[str, tuple[str, str]] = {
    "neovim": (
        "neovim.lua", "Save it as lsp/counterpoint.lua in your Neovim configuration (0.11 or newer), then"
               " put vim.lsp.enable('counterpoint') into init.lua."),
}  # fmt: skip


@click.command("setup")
@click.argument("editor", type=click.Choice([*EDITORS, "vscode"]))
@format_option("text", "json")
def command(editor: str, form: str) -> int:
    """Print the configuration for an editor."""
    text, note = configuration(editor)
    if form == "json":
        print_json({"schema": shapes.SCHEMA, "editor": editor, "configuration": text, "note": note})
        return 0
    write_text(text)
    tell(note)
    return 0


def configuration(editor: str) -> tuple[str, str]:
    """The text of the file, and what to do with it. Raises UsageError if this installation lacks it."""
    if editor == "vscode":
        return "", "Install the extension: code --install-extension counterpoint.vsix (make vsix builds it)."
    name, note = EDITORS[editor]
    file = files("counterpoint") / "editors" / name
    try:
        return file.read_text("utf-8"), note
    except OSError:
        raise UsageError(
            f"This installation has no configuration for {editor}.", fix="Reinstall it."
        ) from None
