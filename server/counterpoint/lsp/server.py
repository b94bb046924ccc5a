"""The server: what is registered, and nothing else."""

from __future__ import annotations

from counterpoint import __version__
from counterpoint.lsp.protocol import Server


def create() -> Server:
    """A server with all features registered. Opens nothing before the client has initialized it."""
    return Server("counterpoint", __version__)
