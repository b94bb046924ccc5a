"""Pytest fixtures; import them into a conftest or a test module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .server import ModelServer


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    """A server of this test's own."""
    with ModelServer() as server:
        yield server
