"""How much of what a line needs does selection put in front of the model, how honestly and how fast?

    python -m tests.bench.context_bench [--corpora rich,ajv] [--cursors 60] [--seed 1] [--out figures.json]

A line is hidden in the buffer and on disk. Recall is the part of its names that are defined in another file
whose defining line was sent within the budget: "seen" names stand elsewhere in the buffer, "imported" ones in
its imports only, "unseen" ones nowhere. Times are wall time beside whatever else runs.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from counterpoint.project import Project
from tests.bench import index_speed
from tests.bench.context_adapter import Adapter, adapter
from tests.bench.context_corpora import PYTHON, TYPESCRIPT, Corpus, Cursor, Wanted, blanked, corpus, cursors

BUDGETS = (500, 1000, 2000)
LIKE = ("similar", "recent")
"""Words by which the reason of a snippet tells code to imitate from a definition."""


@dataclass
class Tally:
    """Sums over cursors at one budget."""

    found: Counter[str] = field(default_factory=Counter)
    wanted: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    named: int = 0
    tokens: int = 0
    alike: int = 0
    over: int = 0
    asked: int = 0
    milliseconds: list[float] = field(default_factory=list)

    def figures(self, budget: int) -> dict[str, Any]:
        """Ratios between 0 and 1, milliseconds, and the number of names behind each recall."""
        times = sorted(self.milliseconds)
        strata = {one: self.found[one] / self.wanted[one] for one in sorted(self.wanted)}
        return {
            "recall": self.found.total() / max(1, self.wanted.total()),
            "recall_by_stratum": strata,
            "names": dict(sorted(self.wanted.items())),
            "named_of_sent": self.named / max(1, self.sent),
            "alike_of_budget": self.alike / max(1, self.asked * budget),
            "used_of_budget": self.tokens / max(1, self.asked * budget),
            "over_budget": self.over,
            "p50_ms": statistics.median(times),
            "p95_ms": times[min(len(times) - 1, int(0.95 * len(times)))],
        }


def size(text: str) -> int:
    """Tokens, four characters each, rounded up."""
    return (len(text) + 3) // 4


def holds(items: Sequence[Mapping[str, Any]], want: Wanted, line: str) -> bool:
    """Whether the line of a definition was sent, as it stands."""
    path, number = want.place
    return any(
        item["path"] == path
        and item["start_line"] <= number <= item["end_line"]
        and line.strip() in item["text"]
        for item in items
    )


def tally(
    total: Tally, code: Corpus, cursor: Cursor, items: Sequence[Mapping[str, Any]], budget: int
) -> None:
    """Add one answer to the sums. What stands in the buffer's own file counts for nothing."""
    elsewhere = [item for item in items if item["path"] != cursor.path]
    used = sum(size(item["text"]) for item in elsewhere)
    total.asked, total.tokens, total.over = total.asked + 1, total.tokens + used, total.over + (used > budget)
    for want in cursor.wanted:
        total.wanted[want.stratum] += 1
        line = code.lines(want.place.path)[want.place.line - 1]
        total.found[want.stratum] += holds(elsewhere, want, line)
    sent: set[tuple[str, str, int]] = set()
    for item in elsewhere:
        if any(word in item.get("why", "").casefold() for word in LIKE):
            total.alike += size(item["text"])
            continue
        inside = code.definitions.get(item["path"], ())
        sent.update(
            (item["path"], name, line)
            for name, line in inside
            if item["start_line"] <= line <= item["end_line"]
        )
    total.sent += len(sent)
    total.named += sum(name in cursor.named for _, name, _ in sent)


def completion(code: Corpus, chosen: Sequence[Cursor], budgets: Sequence[int]) -> dict[str, Any]:
    """Figures of completion for one corpus, by budget."""
    totals = {budget: Tally() for budget in budgets}
    with tempfile.TemporaryDirectory() as folder, adapter(Path(folder, "home")) as asked:
        root = Path(folder, "code")
        code.write(root, chosen)
        opened = asked.open(root, code.language)
        for budget, total in totals.items():
            for cursor in chosen:
                answer = asked.ask(op="query", **_question("completion", code, root, cursor, budget))
                total.milliseconds.append(answer.milliseconds)
                tally(total, code, cursor, answer.items, budget)
    return {
        "files": len(code.files),
        "lines": sum(text.count("\n") for text in code.files.values()),
        "open_ms": opened.milliseconds,
        **{str(budget): total.figures(budget) for budget, total in totals.items()},
    }


def _question(task: str, code: Corpus, root: Path, cursor: Cursor, budget: int) -> dict[str, Any]:
    return {
        "task": task,
        "repo": str(root),
        "file": cursor.path,
        "line": cursor.line,
        "column": cursor.column,
        "budget_tokens": budget,
        "text": blanked(code.files[cursor.path], cursor),
    }


def callers(code: Corpus, count: int, seed: int) -> dict[str, Any]:
    """The part of the call sites of uniquely named functions that is found, and that is called certain."""
    sites: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for path in code.files:
        for name, line in code.calls(path):
            sites[name].add((path, line))
    unique = code.unique()
    names = sorted(name for name in unique if sites[name])
    random.Random(seed).shuffle(names)
    held = certain = wanted = 0
    with tempfile.TemporaryDirectory() as folder, adapter(Path(folder, "home"), "--sites", "all") as asked:
        root = Path(folder, "code")
        code.write(root)
        asked.open(root, code.language)
        for name in names[:count]:
            found = _sites(asked, code, root, name)
            wanted += len(sites[name])
            held += len(sites[name] & found.keys())
            certain += sum(found.get(site, False) for site in sites[name])
    return {"sites": wanted, "recall": held / max(1, wanted), "certain": certain / max(1, wanted)}


def _sites(asked: Adapter, code: Corpus, root: Path, name: str) -> dict[tuple[str, int], bool]:
    place = code.unique()[name]
    text = code.files[place.path]
    column = max(0, code.lines(place.path)[place.line - 1].find(name))
    answer = asked.ask(
        op="query",
        task="callers",
        repo=str(root),
        file=place.path,
        text=text,
        symbol=name,
        line=place.line,
        column=column,
        budget_tokens=1_000_000,
    )
    return {(item["path"], item["start_line"]): bool(item["certain"]) for item in answer.items}


def indexing(codes: Sequence[Corpus], rounds: int = 3) -> dict[str, Any]:
    """What an index of these corpora costs, in CPU time of one process and in bytes on disk."""
    with tempfile.TemporaryDirectory() as folder:
        root, home = Path(folder, "code"), Path(folder, "home")
        for code in codes:
            code.write(root / code.name)
        project = Project(root)
        found = index_speed.sources(project)
        parse, build, warm = [], [], []
        for _ in range(rounds):
            building, parsing = index_speed.cold(project, home)
            parse.append(parsing)
            build.append(building)
            warm.append(index_speed.cpu(lambda: index_speed.opened(project, home).close()))
        indexer = index_speed.opened(project, home)
        lines, size = sum(one.lines for one in indexer.files().values()), indexer.bytes_on_disk
        indexer.close()
    return {
        "files": len(found),
        "lines": lines,
        "of_parse_only_speed": min(parse) / min(build),
        "warm_of_cold": min(warm) / min(build),
        "bytes_a_line": size / max(1, lines),
    }


def measured(names: Sequence[str], count: int, seed: int, budgets: Sequence[int] = BUDGETS) -> dict[str, Any]:
    """Figures of each corpus that is installed, and of completion over all of them."""
    figures: dict[str, Any] = {}
    for name in names:
        code = corpus(name)
        if code is not None:
            figures[name] = completion(code, cursors(code, count, seed), budgets)
            figures[name]["callers"] = callers(code, max(5, count // 4), seed)
    return figures


def table(figures: Mapping[str, Any], budgets: Sequence[int] = BUDGETS) -> str:
    """Markdown."""
    rows = [
        "| corpus | tokens | recall | seen | imported | unseen | named of sent | alike | p50 ms | p95 ms |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, one in figures.items():
        for budget in map(str, budgets):
            at = one[budget]
            strata = (at["recall_by_stratum"].get(stratum) for stratum in ("seen", "imported", "unseen"))
            shown = " | ".join("-" if part is None else f"{part:.2f}" for part in strata)
            rows.append(
                f"| {name} | {budget} | {at['recall']:.3f} | {shown} | {at['named_of_sent']:.2f}"
                f" | {at['alike_of_budget']:.2f} | {at['p50_ms']:.1f} | {at['p95_ms']:.1f} |"
            )
    rows += [
        "",
        "| corpus | lines | opened in ms | call sites | found | certain |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in figures.items():
        at = one["callers"]
        rows.append(
            f"| {name} | {one['lines']} | {one['open_ms']:.0f}"
            f" | {at['sites']} | {at['recall']:.3f} | {at['certain']:.3f} |"
        )
    return "\n".join(rows)


def main() -> None:
    """Measure, print the table, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--corpora", default=",".join((*PYTHON, *TYPESCRIPT)))
    parser.add_argument("--cursors", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    names = chosen.corpora.split(",")
    figures = measured(names, chosen.cursors, chosen.seed)
    print(table(figures))
    index = indexing(
        [code for code in map(corpus, figures) if code is not None and code.language == "python"]
    )
    print(f"\nindex of {index['files']} Python files, {index['lines']} lines, one process:", end=" ")
    print(
        f"{index['of_parse_only_speed']:.2f} of parse-only speed, warm {index['warm_of_cold']:.3f} of cold,",
        end=" ",
    )
    print(f"{index['bytes_a_line']:.1f} bytes a line")
    if chosen.out:
        whole = {"seed": chosen.seed, "cursors": chosen.cursors, "corpora": figures, "index": index}
        chosen.out.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
