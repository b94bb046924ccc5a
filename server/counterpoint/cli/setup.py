"""`counterpoint setup WHAT`: prints the configuration for an editor, CI or a hook.

The one thing it writes is the profile, into the user's own config.toml: where `--profile` names it, and where
a person at a terminal answers, who is asked once.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import click

from counterpoint import paths, profiles
from counterpoint.cli import profile, shapes
from counterpoint.cli.opened import format_option
from counterpoint.cli.terminal import print_json, tell, write_text
from counterpoint.editors import editors, setup
from counterpoint.errors import UsageError
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


_WHAT = (*editors(), "vscode", *_AUTOMATIC, _PROFILE)


@click.command("setup")
@click.argument("what", type=click.Choice(_WHAT), required=False)
@click.option(
    "--profile", "name", type=click.Choice(profiles.names()), help="Write this profile into your config.toml."
)
@format_option("text", "json")
def command(what: str | None, name: str | None, form: str) -> int:
    """Print the configuration for an editor, for GitHub or for pre-commit; or the profiles to choose from.

    In a terminal it also asks, once, which profile fits.
    """
    if name is not None:
        tell(f"{name} stands in {profile.chosen(name)} now.")
    elif what != _PROFILE and form == "text":
        profile.ask_once()
    if what is None:
        if form == "json":
            raise UsageError("There is nothing to print.", fix=f"Name one of: {', '.join(_WHAT)}.")
        if name is None:
            tell(f"Next: counterpoint setup {'|'.join(_WHAT)}")
        return 0
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
        file = paths.folders().config_file
        return _profiles(), f"Choose one: counterpoint setup --profile NAME puts its line into {file}."
    if what in _AUTOMATIC:
        name, note = _AUTOMATIC[what]
        text = files(__package__).joinpath("ci", name).read_text(encoding="utf-8")
        return _added(text, note) if what == "pre-commit" else (text, note)
    found = setup(what)
    then = f", then: {found.then}" if found.then else ""
    return found.text, f"Put this into {found.place}{then}."


def _added(text: str, note: str) -> tuple[str, str]:
    """The hooks as they fit below those of the file that is here: with a second `repos:`, which `>>` would
    make, the hooks that were there before would silently be gone."""
    there = Path(".pre-commit-config.yaml")
    before = there.read_text(encoding="utf-8", errors="replace") if there.is_file() else ""
    keys = re.findall(r"^(\w+):", before, re.MULTILINE)
    if "repos" not in keys:
        return text, note
    item = re.search(r"^repos:[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\n)*([ ]*)- ", before, re.MULTILINE)
    hooks = textwrap.dedent(text.partition("repos:\n")[2])
    added = textwrap.indent(hooks, item[1] if item else "  ")
    last = "" if keys[-1] == "repos" else " It is not the last key there: do not append with >>."
    ended = "" if before.endswith("\n") else "\n"
    return ended + added, f"Put this at the end of `repos:` in {there}, then: pre-commit install.{last}"


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
