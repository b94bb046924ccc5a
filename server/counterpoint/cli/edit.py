"""`counterpoint edit FILE[:L1-L2]... INSTRUCTION`: a diff; `--apply` writes it and keeps an undo patch."""

from __future__ import annotations

import click

from counterpoint.cli.changing import Asked, options, run
from counterpoint.cli.frame import wait_for
from counterpoint.tasks import EDIT


@click.command("edit")
@options
def command(asked: Asked) -> int:
    """Change files by an instruction in plain words; prints a unified diff."""
    return wait_for(lambda: run(asked, EDIT))
