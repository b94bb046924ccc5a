"""The extension's manifest declares exactly the server's settings.

    python -m tests.tools.manifest [--write]

The schema is what `counterpoint config schema` prints. A protected setting becomes machine-scoped, so that
VS Code itself takes it from no repository; settings of the extension's own stay as they stand there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from counterpoint import __version__, profiles
from counterpoint.config import schema

MANIFEST = Path(__file__).resolve().parents[2] / "client-vscode" / "package.json"
OWN = ("counterpoint.server.command", "counterpoint.trace.server")
_PER_FOLDER = ("completion.", "review.", "context.")


def generated(manifest: dict[str, Any]) -> dict[str, Any]:
    """The manifest with its settings and version as the server has them."""
    configuration = manifest["contributes"]["configuration"]
    own = {name: configuration["properties"][name] for name in OWN}
    properties = own | dict(_properties(schema(), ""))
    contributes = manifest["contributes"] | {"configuration": configuration | {"properties": properties}}
    return manifest | {"version": __version__, "contributes": contributes}


def _properties(node: dict[str, Any], prefix: str) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    for name, item in node["properties"].items():
        path = f"{prefix}{name}"
        if "properties" in item:
            found += _properties(item, f"{path}.")
        else:
            found.append((f"counterpoint.{path}", _property(path, item)))
    return found


def _property(path: str, item: dict[str, Any]) -> dict[str, Any]:
    protected = item.get("x-protected", False)
    scope = "machine" if protected else "resource" if path.startswith(_PER_FOLDER) else "window"
    shown = {key: value for key, value in item.items() if key != "x-protected"}
    if path == "profile":
        shown["enumDescriptions"] = [_about(name) for name in shown["enum"]]
    return {"scope": scope, **shown}


def _about(profile: str) -> str:
    return profiles.about(profile) if profile else "None: the defaults count."


def main(argv: list[str]) -> int:
    """Compare, or with --write bring the manifest up to date. Returns 1 if it was not."""
    text = MANIFEST.read_text(encoding="utf-8")
    wanted = json.dumps(generated(json.loads(text)), indent=2, ensure_ascii=False) + "\n"
    if wanted == text:
        return 0
    if "--write" in argv:
        MANIFEST.write_text(wanted, encoding="utf-8")
        return 0
    print("client-vscode/package.json is behind the settings: run python -m tests.tools.manifest --write")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
