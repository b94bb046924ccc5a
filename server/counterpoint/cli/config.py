"""`counterpoint config show|schema|consent`: each setting with its value and origin, the tree as JSON Schema,
and who may be sent the code of a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from counterpoint import config as loading
from counterpoint import consent as consenting
from counterpoint import paths
from counterpoint.cli import render, shapes
from counterpoint.cli.opened import format_option
from counterpoint.cli.terminal import line, print_json, show, tell
from counterpoint.endpoints import PASSES_ON, VARIABLES, base_url
from counterpoint.errors import UsageError
from counterpoint.places import workspace_root
from counterpoint.providers.addresses import is_loopback_url
from counterpoint.settings import Settings


@click.group("config")
def command() -> None:
    """Show settings and where they come from."""


@command.command("show")
@format_option("text", "json")
def show_settings(form: str) -> int:
    """Print each setting in force with its origin."""
    loaded = loading.load(workspace_root((), Path.cwd()))
    rows = loading.show(loaded)
    if form == "json":
        print_json(
            {
                "schema": shapes.SCHEMA,
                "settings": [
                    {"path": path, "value": value, "origin": origin} for path, value, origin in rows
                ],
                "problems": [
                    {"kind": one.kind, "path": one.path, "source": one.source, "message": one.message}
                    for one in loaded.problems
                ],
            }
        )
        return 0
    show(
        render.table(
            ("setting", "value", "origin"), [(path, _said(value), origin) for path, value, origin in rows]
        )
    )
    for problem in loaded.problems:
        tell(f"settings: {problem}", style="yellow")
    tell(f"Your own settings live in {paths.folders().config_file}")
    return 0


def _said(value: object) -> str:
    import json

    text = json.dumps(value, ensure_ascii=False, default=dict)
    return text if len(text) <= 60 else f"{text[:57]}..."


@command.command("schema")
@format_option("json", "text")
def schema(form: str) -> int:
    """Print the settings as JSON Schema; as text, each setting with what it is for."""
    found = loading.schema()
    if form == "json":
        print_json(found)
        return 0
    from counterpoint.settings import leaves

    rows = [(path, "protected" if leaf.protected else "", leaf.doc) for path, leaf in leaves().items()]
    show(render.table(("setting", "", "meaning"), rows))
    return 0


@command.command("consent")
@click.option("--revoke", multiple=True, metavar="RECEIVER|all", help="Take the consent back.")
@format_option("text", "json")
def consent(revoke: tuple[str, ...], form: str) -> int:
    """Show who may be sent the code of this workspace, and take that back."""
    root = workspace_root((), Path.cwd())
    settings = loading.load(root).settings
    given = consenting.granted(root)
    if revoke:
        named = given if "all" in revoke else frozenset(revoke)
        if strange := sorted(named - given):
            listed = ", ".join(sorted(given)) or "nobody"
            raise UsageError(f"{strange[0]} may not be sent it anyway.", fix=f"Who may: {listed}.")
        consenting.revoke(root, named)
        given = consenting.granted(root)
    here = _here(settings)
    everywhere = settings.privacy.consent
    if form == "json":
        rows = [{"vendor": vendor, "url": url} for vendor, url in here]
        told = {"workspace": str(root), "receivers": sorted(given), "everywhere": everywhere, "here": rows}
        print_json({"schema": shapes.SCHEMA, **told})
        return 0
    listed = ", ".join(sorted(given)) or "nobody that was agreed to"
    show([line(f"Code of {root} may go to: {listed}.")])
    show([line(f"{vendor} is {url}: {PASSES_ON}.") for vendor, url in here])
    if everywhere:
        tell("privacy.consent = true in your settings agrees to all, in every workspace.", style="yellow")
    return 0


def _here(settings: Settings) -> list[tuple[str, str]]:
    """The vendors that are asked at an address of this machine."""
    found = ((name, base_url(name, settings).url) for name in VARIABLES if name in settings.providers.allow)
    return [(name, url) for name, url in found if url and is_loopback_url(url)]
