"""The command line: one small file a verb, loaded when it is called. The frame is in `frame.py`."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code. Never raises for what a user can do wrong."""
    from counterpoint.cli.frame import run

    return run(arguments)
