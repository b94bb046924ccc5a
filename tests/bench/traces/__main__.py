"""`python -m tests.bench.traces` writes the traces anew: the same every time.

A trace is a language, the lines typed at, and keys: [pause in ms, line, column, characters taken away, text].
Lines are typed as a statement, inside a call that is not closed yet, and inside a string of many lines that
is not closed yet. What was typed is taken away again before the next place.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

PLACES = (60, 1500, 2500, 4900)
LINES = 5000
HERE = Path(__file__).parent

TYPED = {
    "python": (
        ("", "total = order_7.amount(3)"),
        ("result = combine_12(\n        ", "first_row, order.items"),
        ('"""\n    ', "What this part is for."),
    ),
    "typescript": (
        ("", "const total = order7.amount(3);"),
        ("const result = combine12(\n      ", "firstRow, order.items"),
        ("const text = `\n    ", "What ${this} is for."),
    ),
}


def _python(number: int) -> list[str]:
    return f'''

class Order_{number}(Base):
    """Order number {number}: rows with amounts, "quoted" and 'single'."""

    limit: int = {number}

    def amount(self, count: int, scale: float = 1.5) -> float:
        rows = [self.row(index) * scale for index in range(count) if index % 2]
        if not rows:
            raise ValueError(f"no rows in {{self!r}} of {{count}}")
        for row in rows:
            self.log("row", {{"value": row, "text": "ü"}})
        return sum(rows) / (len(rows) or 1)

    @property
    def items(self) -> dict[str, int]:
        return {{name: len(name) for name in sorted(self.names(), key=str.lower)}}


def combine_{number}(first: Order_{number}, *others: Order_{number}) -> list[float]:
    found = [first.amount(3)]
    while others:
        found.append(others[0].amount(len(found), scale=2.0))
        others = others[1:]
    return found'''.split("\n")


def _typescript(number: int) -> list[str]:
    return f"""
export class Order{number} extends Base implements Shape {{
  private readonly limit = {number};
  /** Rows with amounts, "quoted" and `ticked`. */
  amount(count: number, scale = 1.5): number {{
    const rows = [...Array(count).keys()].filter((index) => index % 2 === 0);
    if (rows.length === 0) {{
      throw new Error(`no rows in ${{this.limit}} of ${{count}}`);
    }}
    for (const row of rows) {{
      this.log("row", {{ value: row * scale, text: "ü" }});
    }}
    return rows.reduce((sum, row) => sum + row, 0) / (rows.length || 1);
  }}

  get items(): Record<string, number> {{
    return Object.fromEntries(this.names().map((name) => [name, name.length]));
  }}
}}

export async function combine{number}(first: Order{number}, ...others: Order{number}[]): Promise<number[]> {{
  const found: number[] = [first.amount(3)];
  while (others.length > 0) {{
    found.push(others[0].amount(found.length, 2.0));
    others = others.slice(1);
  }}
  return found;
}}""".split("\n")


def file_of(language: str) -> str:
    """The file of 5,000 lines that a trace is typed into."""
    make = _python if language == "python" else _typescript
    lines = ["import os"] if language == "python" else ['import { Base, Shape } from "./base";']
    number = 0
    while len(lines) + len(make(number)) <= LINES:
        number += 1
        lines += make(number)
    comment = "# The end." if language == "python" else "// The end."
    return "\n".join((*lines, *[comment] * (LINES - len(lines)))) + "\n"


def _inside(lines: list[str], line: int) -> tuple[int, str]:
    """The nearest line below that ends a statement in a body, and its indentation."""
    while not lines[line].strip().startswith(("return found", "found")):
        line += 1
    return line, lines[line][: len(lines[line]) - len(lines[line].lstrip())]


def trace_of(language: str) -> dict[str, object]:
    """All keys of a language's trace."""
    chance = random.Random(f"keys of {language}")
    lines = file_of(language).split("\n")
    keys: list[list[object]] = []
    for place in PLACES:
        for opening, typed in TYPED[language]:
            line, indent = _inside(lines, place - 10)
            keys.append([400, line, 0, 0, f"{indent}{opening}\n"])
            at, column = line + opening.count("\n"), len(indent + opening.split("\n")[-1])
            column = column if opening.count("\n") == 0 else len(opening.split("\n")[-1])
            for character in typed:
                keys.append([chance.randrange(60, 160), at, column, 0, character])
                column += 1
            keys.append([200, line, 0, -(opening.count("\n") + 1), ""])
    return {"language": language, "places": PLACES, "keys": keys}


def main() -> None:
    for language in TYPED:
        rows = trace_of(language)
        keys = ",\n".join(json.dumps(key) for key in rows.pop("keys"))  # type: ignore[attr-defined]
        text = json.dumps(rows)[:-1] + f', "keys": [\n{keys}\n]}}\n'
        (HERE / f"{language}.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
