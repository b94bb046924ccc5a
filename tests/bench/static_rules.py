"""What the static rules say of real code, and what they cost beside parsing it.

    python -m tests.bench.static_rules FOLDER... [--list=FILE] [--rounds=3]

For each folder: source lines, findings for each 1,000 of them, and the speed as a share of that at which
ast-grep only parses the same files, in CPU time of this process, the two taking turns file by file. `--list`
writes every finding with the lines round it, for reading. The files are those a workspace would have.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from counterpoint.answers import Finding
from counterpoint.project import Project
from counterpoint.static import syntax
from counterpoint.static.check import check
from counterpoint.static.rules import Rule, load_rules
from counterpoint.text import Document


@dataclass(frozen=True)
class Measured:
    """`parse` and `rules` are CPU seconds over all files, the best of the rounds for each file."""

    files: int
    lines: int
    findings: tuple[tuple[Document, Finding], ...]
    evidence: int
    parse: float
    rules: float

    @property
    def rate(self) -> float:
        """Findings for each 1,000 lines."""
        return 1000 * len(self.findings) / max(self.lines, 1)

    @property
    def share(self) -> float:
        """Speed of the rules, parsing included, as a share of the speed of parsing alone."""
        return self.parse / self.rules if self.rules else 1.0


def measured(project: Project, rules: Sequence[Rule], rounds: int = 3) -> Measured:
    """Check every source file of a project that has rules."""

    # The server reads files in a thread of its own, the rules run in the worker: reading is not theirs.
    held = {path: found for path in project.walk().paths if (found := project.read_local(path))}

    def read(paths: Sequence[str]) -> Document | None:
        return next((held[path] for path in paths if path in held), None)

    named = {language for rule in rules for language in rule.languages}
    findings: list[tuple[Document, Finding]] = []
    files = lines = evidence = 0
    parse = total = 0.0
    for document in held.values():
        language = syntax.language_name(document)
        if language is None or language not in named:
            continue
        files, lines = files + 1, lines + len(document.lines)
        alone, whole = [], []
        for _ in range(max(1, rounds)):
            start = time.process_time()
            syntax.parse(document.text, language)
            middle = time.process_time()
            hits = check(document, read, rules)
            whole.append(time.process_time() - middle)
            alone.append(middle - start)
        parse, total = parse + min(alone), total + min(whole)
        findings += ((document, item) for item in hits.findings)
        evidence += len(hits.evidence)
    return Measured(files, lines, tuple(findings), evidence, parse, total)


def told(name: str, one: Measured) -> str:
    """One line for people, then one for each rule that fired."""
    counts = Counter(item.rule for _, item in one.findings)
    rows = [f"    {count:4}  {rule}" for rule, count in counts.most_common()]
    return "\n".join(
        [
            f"{name}: {one.files} files, {one.lines:,} lines, {len(one.findings)} findings "
            f"({one.rate:.2f} for 1,000 lines) and {one.evidence} for a model only, "
            f"{one.share:.2f} of parse-only speed",
            *rows,
        ]
    )


def listed(name: str, one: Measured) -> str:
    """Every finding with the lines round it."""
    parts = []
    for document, item in one.findings:
        first = max(0, item.start.line - 6)
        code = "".join(f"    {at + 1:5}| {document.line(at)}\n" for at in range(first, item.end.line + 5))
        parts.append(f"## {name}/{item.path}:{item.start.line + 1} {item.rule}\n{item.title}\n{code}")
    return "\n".join(parts)


def main(arguments: Sequence[str]) -> None:
    folders = [Path(item) for item in arguments if not item.startswith("--")]
    options = dict(item.removeprefix("--").split("=", 1) for item in arguments if "=" in item)
    rules = load_rules()
    texts = []
    for folder in folders:
        one = measured(Project(folder), rules, int(options.get("rounds", "3")))
        print(told(folder.name, one), flush=True)
        texts.append(listed(folder.name, one))
    if file := options.get("list"):
        Path(file).write_text("\n".join(texts), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
