"""Recorded typing and the files it was typed into, both made by `python -m tests.bench.traces`."""
