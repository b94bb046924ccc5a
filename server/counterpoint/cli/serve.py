"""`counterpoint serve` for the list of commands; `__main__` dispatches the real one before this is loaded."""

from __future__ import annotations

import click


@click.command("serve", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> int:
    """Serve one editor over stdio, or --tcp HOST:PORT."""
    from counterpoint.lsp.serve import main

    return main(list(arguments))
