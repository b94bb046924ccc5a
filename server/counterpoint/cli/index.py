"""`counterpoint index [PATH]`: bring the index of a workspace up to date, and tell what it holds."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from counterpoint import config as loading
from counterpoint.cli.opened import format_option
from counterpoint.cli.shapes import SCHEMA
from counterpoint.cli.terminal import Line, line, print_json, progress, show, tell
from counterpoint.index.indexer import Indexer
from counterpoint.index.progress import Progress
from counterpoint.places import workspace_root
from counterpoint.project import Project

_TELL_EVERY = 0.1


@dataclass(frozen=True, slots=True)
class _Told:
    """What the index holds, and what it took to bring it up to date."""

    root: Path
    files: int
    lines: int
    languages: Mapping[str, int]
    read: int
    seconds: float
    cpu_seconds: float
    size: int
    left_out: Mapping[str, int]


@click.command("index")
@click.argument("path", type=click.Path(exists=True, path_type=Path), required=False)
@click.option(
    "--jobs", type=click.IntRange(min=1), help="Processes that read files; 1 reads all in this one."
)
@click.option("--rebuild", is_flag=True, help="Read all files again, also those that have not changed.")
@format_option("text", "json")
def command(path: Path | None, jobs: int | None, rebuild: bool, form: str) -> int:
    """Bring the index of a folder, by default of this workspace, up to date. Nothing leaves this machine."""
    root = workspace_root((path,) if path is not None else (), Path.cwd())
    if path is not None and path.is_dir():
        root = path.resolve()
    privacy = loading.load(root).settings.privacy
    project = Project(root, max_file_bytes=privacy.max_file_bytes)
    told = _updated(project, jobs, rebuild)
    if form == "json":
        print_json(_shape(told))
    else:
        show(_lines(told))
    return 0


def _updated(project: Project, jobs: int | None, rebuild: bool) -> _Told:
    started, cpu = time.monotonic(), time.process_time()
    indexer = Indexer(project, jobs=jobs)
    indexer.open()
    try:
        if rebuild:
            indexer.rebuild()
        indexer.sweep()
        read = _watched(indexer, project)
        for notice in indexer.notices():
            tell(notice, style="yellow")
        known = indexer.files()
        languages: dict[str, int] = {}
        for one in known.values():
            languages[one.language] = languages.get(one.language, 0) + 1
        found = dict(sorted(languages.items(), key=lambda row: (-row[1], row[0])))
        lines, left_out = sum(one.lines for one in known.values()), dict(indexer.left_out())
    finally:
        indexer.close()
    cpu = time.process_time() - cpu + indexer.worker_cpu_seconds
    seconds, size = time.monotonic() - started, indexer.bytes_on_disk
    return _Told(project.root, len(known), lines, found, read, seconds, cpu, size, left_out)


def _watched(indexer: Indexer, project: Project) -> int:
    """Run the indexer with a bar on a terminal; how many files were read."""
    most, told = 0, 0.0
    with progress(f"Indexing {project.root}") as bar:

        def more(now: Progress) -> None:
            nonlocal most, told
            most = max(most, now.total)
            if sys.stderr.isatty() and time.monotonic() - told > _TELL_EVERY:
                told = time.monotonic()
                bar.step(f"Indexing {project.root}", now.done, now.total or None)

        indexer.run(more)
    return most


def _shape(told: _Told) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "root": str(told.root),
        "files": told.files,
        "lines": told.lines,
        "languages": dict(told.languages),
        "read": told.read,
        "seconds": round(told.seconds, 3),
        "cpu_seconds": round(told.cpu_seconds, 3),
        "bytes": told.size,
        "bytes_per_line": round(told.size / told.lines, 1) if told.lines else None,
        "left_out": dict(told.left_out),
    }


def _lines(told: _Told) -> list[Line]:
    names = ", ".join(f"{language} {count:,}" for language, count in told.languages.items())
    found = [
        line((f"{told.files:,} files, {told.lines:,} lines", "bold"), f" of {told.root}"),
        line(f"  {names}" if names else "  no source files of a language that is indexed"),
        line(
            f"  {told.read:,} files read in {told.seconds:.1f} s"
            f" ({told.cpu_seconds:.1f} s of processor time); the index takes {told.size / 1e6:.1f} MB"
        ),
    ]
    if told.left_out:
        reasons = ", ".join(f"{why} {count:,}" for why, count in sorted(told.left_out.items()))
        found.append(line((f"  left out: {reasons}", "dim")))
    return found
