"""Counterpoint: an AI language server. Write with one model, review with the other."""

__version__ = "0.1.0"
