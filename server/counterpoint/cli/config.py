"""`counterpoint config show|schema`: each setting with its value and origin, and the tree as JSON Schema."""

from __future__ import annotations

from pathlib import Path

import click

from counterpoint import config as loading
from counterpoint import paths
from counterpoint.cli import render, shapes
from counterpoint.cli.opened import format_option
from counterpoint.cli.terminal import print_json, show, tell
from counterpoint.places import workspace_root


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
