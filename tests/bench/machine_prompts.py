"""What scope `machine` sends, context of other files included.

    python -m tests.bench.machine_prompts REPO... --commits 40

As `machine_commits`, but every commit's tree is laid out on disk and indexed, and the prompts are planned by
the product itself: of the same files, the tokens of a review of what the commit added against those of a
review of all of it. Nothing is sent.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from counterpoint.flows.remembering import written_in
from counterpoint.flows.reviewing.pricing import priced
from counterpoint.flows.reviewing.values import Options
from counterpoint.machine_store import MachineStore
from counterpoint.reviewing.machine.units import written_units
from counterpoint.reviewing.unit import Unit
from counterpoint.reviewing.units import asked
from counterpoint.text import Document, language_of
from counterpoint.workspace import Workspace, open_workspace
from tests.bench.machine_commits import added, kept
from tests.bench.machine_world import HUMAN, Text
from tests.bench.patterns_commits import commits

_SECONDS = 60.0
_PLAIN = Options(verify="none", strategy="find-verify")


async def sent(workspace: Workspace, units: Sequence[Unit]) -> int:
    """Tokens of the prompts that find, for these units."""
    price = await priced(workspace.engine, units, _PLAIN, workspace.review_tools())
    return sum(one.input_tokens for one in price.asks)


def laid_out(repo: Path, commit: str, root: Path) -> Path:
    """The tree of a commit as files in a new folder."""
    root.mkdir()
    tree = subprocess.run(["git", "-C", str(repo), "archive", commit], capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", str(root)], input=tree.stdout, check=True)
    return root


async def compared(
    repo: Path, commit: str, files: Sequence[tuple[str, Text]], folder: Path
) -> tuple[int, int]:
    """Tokens for what a commit added, and for all of the files it touched."""
    root = await asyncio.to_thread(laid_out, repo, commit, folder / "tree")
    environ = {**os.environ, "COUNTERPOINT_HOME": str(folder / "home")}
    environ |= {"OPENAI_API_KEY": "none", "ANTHROPIC_API_KEY": "none"}
    workspace = await open_workspace(root, patience=_SECONDS, environ=environ)
    store = MachineStore(folder / "machine.sqlite3")
    try:
        documents = [Document.of(path, truth.text, language_of(path)) for path, truth in files]
        mine: list[Unit] = []
        every: list[Unit] = []
        outlines = await workspace.index.outline(documents, _SECONDS)
        for (path, truth), document, outline in zip(files, documents, outlines, strict=True):
            kept(truth, path, store)
            spans = written_in(store, "/bench", [document]).get(path, ())
            mine += written_units(document, outline, spans)
            every += asked(document, outline)
        return await sent(workspace, mine), await sent(workspace, every)
    finally:
        await workspace.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repositories", nargs="+", type=Path, help="git repositories, bare or not")
    parser.add_argument("--commits", type=int, default=40, help="of all repositories together")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    queues = [(repo, commits(repo, options.commits, options.seed)) for repo in options.repositories]
    rows: list[tuple[int, int]] = []
    while len(rows) < options.commits and any(names for _, names in queues):
        for repo, names in queues:
            if not names or len(rows) >= options.commits:
                continue
            commit = names.pop()
            files = [(path, truth) for path, truth in added(repo, commit) if set(truth.who) - {HUMAN}]
            if not files:
                continue
            with tempfile.TemporaryDirectory() as name:
                rows.append(asyncio.run(compared(repo, commit, files, Path(name))))
    mine, every = sum(row[0] for row in rows), sum(row[1] for row in rows)
    shares = sorted(row[0] / max(1, row[1]) for row in rows)
    print(f"{len(rows)} commits: {mine:,} of {every:,} tokens, {mine / every:.3f}")
    print(f"of a commit: median {shares[len(shares) // 2]:.3f}")


if __name__ == "__main__":
    main()
