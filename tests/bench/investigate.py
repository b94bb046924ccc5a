"""Of planted bugs, whether the code to blame is in the prompt that would be sent. Sends nothing.

    python -m tests.bench.investigate [--budget TOKENS] [--crowd] [NAME ...]

Each page of `tests/cases/investigate` is a small project with what it printed when it failed, and the symbols
that are to blame for it. The project is written to a folder of its own (not the one the trace names), indexed
by the real service, and the real planner makes the prompt. A page counts if every line of every guilty
definition is in it. `--crowd` puts the project among this repository's own sources.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from counterpoint.context.extract import facts_of
from counterpoint.flows.investigate import question
from counterpoint.routing import Candidate
from counterpoint.settings import Settings
from counterpoint.tasks import INVESTIGATE
from counterpoint.text import language_of
from counterpoint.workspace import open_workspace

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "tests" / "cases" / "investigate"
SAMPLE = ROOT / "server" / "counterpoint" / "sample"
_BLOCK = re.compile(r"^```(\w+) (\S+)\n(.*?)^```$", re.M | re.S)
_OUTPUT = re.compile(r"^~~~~~ output\n(.*?)^~~~~~$", re.M | re.S)
_PATIENCE = 60.0


@dataclass(frozen=True)
class Page:
    """A planted bug. `guilty` are (path, name of the definition)."""

    name: str
    files: dict[str, str]
    output: str
    guilty: tuple[tuple[str, str], ...]

    def lines_of(self, path: str, symbol: str) -> range:
        """The 1-based lines of a guilty definition."""
        facts = facts_of(path, language_of(path), self.files[path].encode())
        [found] = [one for one in facts.definitions if one.name == symbol]
        return range(found.first_line + 1, found.last_line + 2)

    def missing(self, shown: dict[str, set[int]]) -> list[str]:
        """The guilty symbols that the lines shown do not hold whole."""
        return [
            f"{path}:{name}"
            for path, name in self.guilty
            if not shown.get(path, set()).issuperset(self.lines_of(path, name))
        ]


def read_page(file: Path) -> Page:
    """A page of the corpus."""
    text = file.read_text("utf-8")
    output = _OUTPUT.search(text)
    assert output is not None
    files: dict[str, str] = {}
    told: dict[str, str] = {}
    for language, name, body in _BLOCK.findall(text):
        (told if language == "text" else files)[name] = body
    if "sample" in told:
        for path in sorted(SAMPLE.rglob("*")):
            if path.suffix in (".py", ".ts"):
                files.setdefault(path.relative_to(SAMPLE).as_posix(), path.read_text("utf-8"))
    guilty = tuple(tuple(row.split(":")) for row in told["guilty"].split())
    return Page(file.stem, files, output[1], guilty)  # type: ignore[arg-type]


def pages(names: list[str] | None = None) -> list[Page]:
    """All pages, or those with these names."""
    return [read_page(file) for file in sorted(PAGES.glob("*.md")) if not names or file.stem in names]


def crowd() -> dict[str, str]:
    """This repository's own sources, below a folder of their own."""
    listed = subprocess.run(
        ["git", "ls-files", "server", "client-vscode/src"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    known = [
        name for name in listed if language_of(name) in ("python", "typescript") and "/sample/" not in name
    ]
    return {f"vendored/{name}": (ROOT / name).read_text("utf-8") for name in known if (ROOT / name).is_file()}


@dataclass(frozen=True)
class Measured:
    """What a page's prompt holds. `crowded` counts its snippets of the crowd."""

    page: str
    missing: tuple[str, ...]
    tokens: int
    snippets: int
    crowded: int


async def measured(page: Page, folder: Path, around: dict[str, str], budget: int) -> Measured:
    """Write a page's project to a folder and plan its prompt."""
    for path, text in {**around, **page.files}.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    environ = {"COUNTERPOINT_HOME": str(folder.parent / "home")}
    workspace = await open_workspace(folder, environ=environ, patience=_PATIENCE)
    try:
        row = workspace.catalogue.for_role("deep")[0]
        asked = question(page.output, workspace.project, (str(folder),))
        plan = await workspace.engine.plan(
            INVESTIGATE,
            replace(asked, context_tokens=budget),
            Candidate("deep", row, INVESTIGATE.effort, "the bench names it"),
        )
    finally:
        await workspace.close()
    shown: dict[str, set[int]] = {}
    prompt = "".join(plan.rendered.parts)
    for one in plan.snippets:
        rows = enumerate(one.text.split("\n"), one.first_line)
        assert all(f"{number}| {row}" in prompt for number, row in rows), "a snippet is not in the prompt"
        shown.setdefault(one.path, set()).update(range(one.first_line, one.last_line + 1))
    crowded = sum(one.path in around for one in plan.snippets)
    return Measured(page.name, tuple(page.missing(shown)), plan.input_tokens, len(plan.snippets), crowded)


async def main(names: list[str], budget: int, *, crowded: bool) -> None:
    around = crowd() if crowded else {}
    found = []
    for page in pages(names):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "workspace"
            place.mkdir()
            one = await measured(page, place, around, budget)
        found.append(one)
        told = f"MISSING {', '.join(one.missing)}" if one.missing else "all"
        size = f"{one.tokens:6,} tokens, {one.snippets:3} snippets ({one.crowded} of the crowd)"
        print(f"{one.page:28} {size}: {told}")
    print(f"{sum(not one.missing for one in found)} of {len(found)} with everything guilty in the prompt")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--budget", type=int, default=Settings().context.review_tokens, help="tokens of code")
    parser.add_argument("--crowd", action="store_true")
    parser.add_argument("names", nargs="*")
    given = parser.parse_args()
    asyncio.run(main(given.names, given.budget, crowded=given.crowd))
