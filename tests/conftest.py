"""Every test starts from a clean environment: no key, no proxy, no keyring, a home of its own."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

_DROPPED = ("OPENAI_", "ANTHROPIC_", "GEMINI_", "GOOGLE_", "COUNTERPOINT_")


def pytest_configure(config: pytest.Config) -> None:
    """Where bytecode may not lie beside its source, as in many containers, it is kept with pytest's cache.

    Otherwise each of the some thousand processes that tests start would compile the product again. Workers
    and processes get it by their environment. What earlier runs left of temporary folders goes.
    """
    if sys.dont_write_bytecode and sys.pycache_prefix is None:
        kept = config.rootpath / ".pytest_cache" / "bytecode"
        shutil.rmtree(kept / Path(tempfile.gettempdir()).relative_to("/"), ignore_errors=True)
        sys.dont_write_bytecode, sys.pycache_prefix = False, str(kept)
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = str(kept)


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
