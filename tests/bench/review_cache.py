"""What a second review of real files buys, after changes that say nothing new and after some that do.

    python -m tests.bench.review_cache [FOLDER] [--files 30]

The files are copied, reviewed once against the played vendors, changed, and reviewed again; told is how many
requests each change brought. FOLDER holds Python files; by default it is the package itself.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from counterpoint.flows.review import Options, Review, review, units_of
from counterpoint.text import Situation, Span
from counterpoint.workspace import Workspace, open_workspace
from tests.integration.test_workspace import environment
from tests.modelserver import ModelServer

ROOT = Path(__file__).resolve().parents[2]
_DIRECT = Options(strategy="direct")
_DEFINITION = re.compile(r"^(\s*)((?:async )?def \w+|class \w+)", re.MULTILINE)


def reformatted(text: str) -> str:
    """As a formatter with other tastes leaves it."""
    style = ["--line-length", "72", "--config", "format.quote-style='single'", "--isolated"]
    run = subprocess.run(
        [str(Path(sys.executable).with_name("ruff")), "format", *style, "-"],
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return run.stdout


def commented(text: str) -> str:
    """A comment above every definition, and one behind every return."""
    text = _DEFINITION.sub(lambda found: f"{found[1]}# What follows is explained.\n{found[0]}", text)
    return re.sub(r"(?m)^(\s*return [\w.]+)$", r"\1  # the result", text)


def reordered(text: str) -> str:
    """The functions of the module in another order, where several follow one another."""
    nodes = ast.parse(text).body
    lines = text.splitlines(keepends=True)
    starts = [
        min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))]) - 1 for node in nodes
    ]
    ends = [*starts[1:], len(lines)]
    parts = ["".join(lines[start:end]).rstrip() + "\n\n\n" for start, end in zip(starts, ends, strict=True)]
    moving = [number for number, node in enumerate(nodes) if isinstance(node, ast.FunctionDef)]
    rotated = [*moving[1:], *moving[:1]]
    order = dict(zip(moving, rotated, strict=True))
    return "".join(lines[: starts[0]]) + "".join(parts[order.get(n, n)] for n in range(len(parts)))


class Held:
    """A workspace whose reviews are counted."""

    def __init__(self, workspace: Workspace, server: ModelServer) -> None:
        self.workspace, self.server = workspace, server

    def situation(self, path: str, **more: object) -> Situation:
        document = self.workspace.project.read(path)
        assert document is not None, path
        return Situation(document, Span(0, len(document.text)), self.workspace.project, **more)  # type: ignore[arg-type]

    async def reviewed(
        self, scope: list[Situation], before: Callable[[str], str | None] | None = None
    ) -> tuple[Review, int]:
        """The review and how many requests it took."""
        had = len(self.server.log)
        units = await units_of(scope, self.workspace.apart(), before=before)
        found = await review(self.workspace.engine, units, _DIRECT, self.workspace.review_tools())
        return found, len(self.server.log) - had


async def run(folder: Path, most: int) -> None:
    # A comment that says something to a tool is no mere comment, and may not be moved off its line.
    texts = {path.name: path.read_text("utf-8") for path in sorted(folder.glob("*.py"))}
    texts = {name: text for name, text in texts.items() if "noqa" not in text and "# fmt" not in text}
    texts = dict(list(texts.items())[:most])
    with tempfile.TemporaryDirectory() as home, ModelServer() as server:
        root = Path(home).resolve() / "work"
        root.mkdir()
        server.answer(json.dumps({"findings": []}), repeat=True)
        environ = {**environment(server, Path(home) / "home"), "COUNTERPOINT__BUDGET__DAY_USD": "10000"}
        _write(root, texts)
        workspace = await open_workspace(root, environ=environ, patience=60)
        try:
            await _changes(Held(workspace, server), root, texts)
        finally:
            await workspace.close()


async def _changes(held: Held, root: Path, texts: dict[str, str]) -> None:
    found, calls = await held.reviewed([held.situation(path) for path in texts])
    print(f"{len(texts)} files, {len(found.told)} units: {calls} requests for the first review")
    for change in (reformatted, commented, reordered):
        _write(root, {path: change(text) for path, text in texts.items()})
        found, calls = await held.reviewed([held.situation(path) for path in texts])
        print(f"{change.__name__}: {calls} requests, {found.units('known')} of {len(found.told)} units known")
        for row in found.told:
            if row.how != "known":
                print(f"  {row}")
    _write(root, texts)
    await _one(held, root, texts, "body", lambda head: f"{head}\n    _changed = 1")
    await _one(held, root, texts, "contract", lambda head: head.replace("(", "(changed_first, ", 1))


async def _one(
    held: Held, root: Path, texts: dict[str, str], kind: str, change: Callable[[str], str]
) -> None:
    """Change one function of each of some files, and review the change."""
    total = asked = 0
    for path in list(texts)[:10]:
        head = re.search(r"(?m)^def (?!_)\w+\([^\n]*\) -> [^\n]*:$", texts[path])
        if head is None:
            continue
        text = texts[path].replace(head[0], change(head[0]), 1)
        _write(root, {path: text})
        held.workspace.index.touched([path])
        line = texts[path][: head.start()].count("\n")
        scope = [held.situation(path, hunks=((line, line + 1),))]
        found, calls = await held.reviewed(scope, lambda path: texts.get(path))
        total += calls
        asked += found.units("asked")
        for row in found.told:
            print(f"  {kind}: {row}")
        _write(root, {path: texts[path]})
        held.workspace.index.touched([path])
    print(f"one {kind} in each of 10 files: {total} requests for {asked} units")


def _write(root: Path, texts: dict[str, str]) -> None:
    for path, text in texts.items():
        (root / path).write_text(text, "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "server" / "counterpoint")
    parser.add_argument("--files", type=int, default=30)
    options = parser.parse_args()
    asyncio.run(run(options.folder, options.files))


if __name__ == "__main__":
    main()
