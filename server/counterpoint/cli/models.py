"""`counterpoint models`: the catalogue, and which rows can be used now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import click

from counterpoint.cli import render, shapes
from counterpoint.cli.frame import wait_for
from counterpoint.cli.opened import format_option, opened
from counterpoint.cli.terminal import Line, line, print_json, show
from counterpoint.models import Model


@click.command("models")
@format_option("text", "json")
def command(form: str) -> int:
    """List the models with their prices in USD per million tokens."""
    return wait_for(lambda: _run(form))


async def _run(form: str) -> int:
    async with opened() as workspace:
        keyed = await workspace.reach.usable()
        allowed = workspace.settings.providers.allow
        rows = workspace.catalogue.models.values()
        roles = {
            name: [role for role, names in workspace.catalogue.roles.items() if name in names]
            for name in workspace.catalogue.models
        }
    if form == "json":
        shown = [_shape(row, roles[row.name], keyed & set(allowed)) for row in rows]
        print_json({"schema": shapes.SCHEMA, "models": shown})
        return 0
    head = ("model", "roles", "usable", "window", "in", "cached", "out", "as of")
    body = [
        (
            row.name,
            " ".join(roles[row.name]) or "-",
            _usable(row, keyed, allowed),
            f"{row.context_tokens:,}",
            *(f"{figure:g}" for figure in (row.prices[0].input, row.prices[0].cached, row.prices[0].output)),
            row.as_of.isoformat(),
        )
        for row in rows
    ]
    show(render.table(head, body, right=(3, 4, 5, 6)))
    show(
        [
            line("Prices are USD per million tokens; cached is input that the vendor still had."),
            *_dearer(rows),
        ]
    )
    return 0


def _dearer(rows: Iterable[Model]) -> list[Line]:
    """From which size of the input on a price rises, by size: the table has the lowest."""
    names: dict[int, list[str]] = {}
    for row in rows:
        for step in sorted({price.above_input_tokens for price in row.prices} - {0}):
            names.setdefault(step, []).append(row.name)
    return [
        line(f"Dearer above {step:,} tokens of input: {', '.join(names[step])}.") for step in sorted(names)
    ]


def _usable(row: Model, keyed: Collection[str], allowed: Collection[str]) -> str:
    if row.provider not in keyed:
        return "no" if row.provider == "embedded" else "no key"
    return "yes" if row.provider in allowed else "not allowed"


def _shape(row: Model, roles: list[str], usable: Collection[str]) -> dict[str, Any]:
    prices = [
        {
            "tier": price.tier,
            "above_input_tokens": price.above_input_tokens,
            "input": price.input,
            "cached": price.cached,
            "output": price.output,
        }
        for price in row.prices
    ]
    return {
        "name": row.name,
        "label": row.label,
        "provider": row.provider,
        "wire": row.wire,
        "id": row.id,
        "roles": roles,
        "usable": row.provider in usable,
        "context_tokens": row.context_tokens,
        "max_output_tokens": row.max_output_tokens,
        "efforts": list(row.efforts),
        "as_of": row.as_of.isoformat(),
        "prices": prices,
    }
