"""An SDK's packages are imported name by name, and whoever asks for more gets what it always got."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


def ran(script: str, folder: Path | None = None) -> None:
    """A process of its own: what is imported here already would hide what is not."""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stderr


def test_a_client_of_messages_imports_less_than_half_of_the_sdk() -> None:
    ran("""
import subprocess, sys
count = lambda: sum(name.startswith("anthropic.") for name in sys.modules)
from counterpoint.providers import Endpoint
from counterpoint.providers.opening import open_now
open_now(Endpoint("anthropic", "k", "http://127.0.0.1:1"))
ours = count()
script = "import sys, anthropic; print(sum(name.startswith('anthropic.') for name in sys.modules))"
whole = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
assert ours < int(whole.stdout) / 2, (ours, whole.stdout)
""")


def test_names_that_the_adapter_does_not_use_are_the_sdks_own() -> None:
    ran("""
from counterpoint.providers import Endpoint
from counterpoint.providers.opening import open_now
open_now(Endpoint("anthropic", "k", "http://127.0.0.1:1"))
import anthropic
assert issubclass(anthropic.BadRequestError, anthropic.APIStatusError)
from anthropic.types import Message, MessageParam
from anthropic.types.message import Message as There
assert Message is There and anthropic.types.Message is There
try:
    anthropic.no_such_name
except AttributeError:
    pass
else:
    raise AssertionError
from anthropic import *
assert AsyncAnthropic is anthropic.AsyncAnthropic and beta_tool is anthropic.beta_tool
import pydantic
assert issubclass(Message, pydantic.BaseModel) and Message.model_json_schema()["title"] == "Message"
""")


@pytest.mark.parametrize(
    ("init", "waits"),
    [
        (
            'from .first import one\nfrom .second import (\n    two as two,\n)\n__all__ = ["one", "two"]\n',
            True,
        ),
        ("from .first import one, first\nfrom .second import two\n", False),
        ("from .first import one\nfrom .second import two\nthree = one + two\n", False),
        ("from .first import one\nfrom .second import *\n", False),
    ],
)
def test_only_a_file_that_hands_names_on_waits(tmp_path: Path, init: str, waits: bool) -> None:
    inner = tmp_path / "kit" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "kit" / "__init__.py").write_text("from .inner import one\n")
    (inner / "__init__.py").write_text(init)
    (inner / "first.py").write_text("one = 1\nfirst = 'a value that is called as its module'\n")
    (inner / "second.py").write_text("two = 2\n")
    ran(
        f"""
import sys
from counterpoint.providers.sparing import import_sparingly
import_sparingly("kit", ("kit.inner.first",))
import kit
assert ("kit.inner.second" not in sys.modules) is {waits}
assert kit.one == 1 and kit.inner.two == 2 and hasattr(kit, "four") is False
from kit.inner import first
assert isinstance(first, str) is {", first" in init}
""",
        tmp_path,
    )


def test_a_release_that_needs_its_own_order_is_imported_in_it(tmp_path: Path) -> None:
    kit = tmp_path / "kit"
    kit.mkdir()
    (kit / "__init__.py").write_text("from .base import ready\nready.append(1)\nfrom .use import used\n")
    (kit / "base.py").write_text("ready = []\n")
    (kit / "use.py").write_text("from . import base\nif not base.ready:\n    raise ImportError\nused = 1\n")
    ran(
        """
import sys
from counterpoint.providers.sparing import import_sparingly
import_sparingly("kit", ("kit.use",))
import kit
assert kit.used == 1 and "ready" in vars(kit) and "sparing" not in str(sys.meta_path)
""",
        tmp_path,
    )
