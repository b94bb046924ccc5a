"""`counterpoint setup WHAT`: prints the configuration for an editor, CI or a hook. Changes no file."""

from __future__ import annotations

from importlib.resources import files

import click

from counterpoint.cli import shapes
from counterpoint.cli.opened import format_option
from counterpoint.cli.terminal import print_json, tell, write_text
from counterpoint.editors import editors, setup

VSCODE = "Install the extension: code --install-extension dist/counterpoint.vsix (make vsix builds it)."
_AUTOMATIC = {
    "github": (
        "github.yml",
        "Put this into .github/workflows/counterpoint.yml, then: add ANTHROPIC_API_KEY to the repository's"
        " secrets. Without it the static rules are run.",
    ),
    "pre-commit": ("pre-commit.yml", "Put this into .pre-commit-config.yaml, then: pre-commit install."),
}
"""What reviews where nobody sits at an editor: the file in `ci/`, and what to do with it."""


@click.command("setup")
@click.argument("what", type=click.Choice([*editors(), "vscode", *_AUTOMATIC]))
@format_option("text", "json")
def command(what: str, form: str) -> int:
    """Print the configuration for an editor, for GitHub or for pre-commit."""
    text, note = _configuration(what)
    if form == "json":
        print_json({"schema": shapes.SCHEMA, "editor": what, "configuration": text, "note": note})
        return 0
    write_text(text)
    tell(note)
    return 0


def _configuration(what: str) -> tuple[str, str]:
    """The text of the file, and what to do with it."""
    if what == "vscode":
        return "", VSCODE
    if what in _AUTOMATIC:
        name, note = _AUTOMATIC[what]
        return files(__package__).joinpath("ci", name).read_text(encoding="utf-8"), note
    found = setup(what)
    then = f", then: {found.then}" if found.then else ""
    return found.text, f"Put this into {found.place}{then}."
