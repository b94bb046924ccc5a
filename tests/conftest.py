"""Every test starts from a clean environment: no key, no proxy, no keyring, a home of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_DROPPED = ("OPENAI_", "ANTHROPIC_", "GEMINI_", "GOOGLE_", "COUNTERPOINT_")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drop what could reach a real vendor, and give the product a home of this test's own."""
    for name in list(os.environ):
        if name.startswith(_DROPPED) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("COUNTERPOINT_HOME", str(home))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    return home
