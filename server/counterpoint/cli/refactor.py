"""`counterpoint refactor FILE[:L1-L2]... INSTRUCTION`: a diff with what became of every caller, and tests."""

from __future__ import annotations

import click

from counterpoint.cli.changing import Asked, options, run
from counterpoint.cli.frame import wait_for
from counterpoint.tasks import REFACTOR


@click.command("refactor")
@options
def command(asked: Asked) -> int:
    """Change code and keep what relies on it; prints a unified diff.

    All call sites are shown to the model, and looked at afterwards. The instruction is in plain words.
    """
    return wait_for(lambda: run(asked, REFACTOR))
