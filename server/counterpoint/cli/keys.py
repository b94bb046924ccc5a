"""`counterpoint keys set|list|remove`: keys in the operating system's keyring. A key is never an argument."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from counterpoint.cli import render, shapes
from counterpoint.cli.frame import wait_for
from counterpoint.cli.opened import format_option
from counterpoint.cli.terminal import print_json, show, tell
from counterpoint.config import load
from counterpoint.errors import UsageError
from counterpoint.keys import VARIABLES, Keys
from counterpoint.places import workspace_root

_provider = click.argument("provider", type=click.Choice(sorted(VARIABLES)))


@click.group("keys")
def command() -> None:
    """Store API keys in the operating system's keyring."""


def _keys() -> Keys:
    settings = load(workspace_root((), Path.cwd())).settings
    return Keys(keyring=settings.keys.keyring)


@command.command("set")
@_provider
def set_key(provider: str) -> int:
    """Ask for a key, or read it from stdin, and store it."""
    if sys.stdin.isatty():
        value = click.prompt(f"Key for {provider} (not shown)", hide_input=True, err=True)
    else:
        value = sys.stdin.readline()
    if not value.strip():
        raise UsageError(
            "No key was given.", fix=f"Type it, or pipe it in: counterpoint keys set {provider} < FILE"
        )

    async def store() -> int:
        source = await _keys().set(provider, value.strip())
        tell(f"Stored. The key in force for {provider} comes from: {source or 'nowhere'}.", style="green")
        if source != "keyring":
            tell(f"{VARIABLES[provider]} or keys.keyring outranks the one just stored.", style="yellow")
        return 0

    return wait_for(store)


@command.command("list")
@format_option("text", "json")
def list_keys(form: str) -> int:
    """Show for each provider which source is in force; never a key."""

    async def listed() -> int:
        found = await _keys().in_force()
        if form == "json":
            print_json({"schema": shapes.SCHEMA, "inForce": found})
        else:
            show(
                render.table(("provider", "key in force from"), [(k, v or "none") for k, v in found.items()])
            )
        return 0

    return wait_for(listed)


@command.command("remove")
@_provider
def remove_key(provider: str) -> int:
    """Remove a key from the keyring."""

    async def remove() -> int:
        keys = _keys()
        removed = await keys.remove(provider)
        left = (await keys.in_force())[provider]
        tell("Removed." if removed else f"There was no key for {provider} in the keyring.")
        if left:
            tell(f"A key for {provider} is still in force from: {left}.", style="yellow")
        return 0

    return wait_for(remove)
