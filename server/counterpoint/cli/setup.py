"""`counterpoint setup WHAT`: prints the configuration for an editor, CI or a hook. Changes no file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

import click

from counterpoint import paths, profiles
from counterpoint.cli import shapes
from counterpoint.cli.opened import format_option
from counterpoint.cli.terminal import print_json, tell, write_text
from counterpoint.editors import editors, setup
from counterpoint.settings import Leaf, leaves

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


_PROFILE = "profile"


@click.command("setup")
@click.argument("what", type=click.Choice([*editors(), "vscode", *_AUTOMATIC, _PROFILE]))
@format_option("text", "json")
def command(what: str, form: str) -> int:
    """Print the configuration for an editor, for GitHub or for pre-commit; or the profiles to choose from."""
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
    if what == _PROFILE:
        return _profiles(), f"Choose one, and put its line at the top of {paths.folders().config_file}."
    if what in _AUTOMATIC:
        name, note = _AUTOMATIC[what]
        return files(__package__).joinpath("ci", name).read_text(encoding="utf-8"), note
    found = setup(what)
    then = f", then: {found.then}" if found.then else ""
    return found.text, f"Put this into {found.place}{then}."


def _profiles() -> str:
    """The line for each profile, with what it is for and what it sets."""
    known = leaves()
    told = []
    for name in profiles.names():
        rows = (f"#   {path} = {json.dumps(value)}\n" for path, value in _flat(profiles.values(name), known))
        told.append(f'# {profiles.about(name)}\n{"".join(rows)}profile = "{name}"\n')
    return "\n".join(told)


def _flat(
    values: Mapping[str, Any], known: Mapping[str, Leaf], prefix: str = ""
) -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        path = f"{prefix}{key}"
        if path in known:
            yield path, value
        else:
            yield from _flat(value, known, f"{path}.")
