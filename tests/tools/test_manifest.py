"""The extension declares the server's settings, and its protected ones where no repository can reach them."""

from __future__ import annotations

import json

from counterpoint.settings import protected_paths
from tests.tools.manifest import MANIFEST, generated


def test_manifest_is_what_the_settings_generate() -> None:
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    assert manifest == generated(manifest), "run python -m tests.tools.manifest --write"


def test_exactly_the_protected_settings_are_machine_scoped() -> None:
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    properties = manifest["contributes"]["configuration"]["properties"]
    own = {"counterpoint.server.command", "counterpoint.trace.server"}
    machine = {name for name, item in properties.items() if item["scope"] == "machine"} - own
    assert machine == {f"counterpoint.{path}" for path in protected_paths()}
