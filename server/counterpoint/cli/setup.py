"""`counterpoint setup EDITOR`: prints the configuration for an editor. Changes no file."""

from __future__ import annotations

import click

from counterpoint.cli import shapes
from counterpoint.cli.opened import format_option
from counterpoint.cli.terminal import print_json, tell, write_text
from counterpoint.editors import editors, setup

VSCODE = "Install the extension: code --install-extension dist/counterpoint.vsix (make vsix builds it)."


@click.command("setup")
@click.argument("editor", type=click.Choice([*editors(), "vscode"]))
@format_option("text", "json")
def command(editor: str, form: str) -> int:
    """Print the configuration for an editor."""
    text, note = _configuration(editor)
    if form == "json":
        print_json({"schema": shapes.SCHEMA, "editor": editor, "configuration": text, "note": note})
        return 0
    write_text(text)
    tell(note)
    return 0


def _configuration(editor: str) -> tuple[str, str]:
    """The text of the file, and what to do with it."""
    if editor == "vscode":
        return "", VSCODE
    found = setup(editor)
    then = f", then: {found.then}" if found.then else ""
    return found.text, f"Put this into {found.place}{then}."
