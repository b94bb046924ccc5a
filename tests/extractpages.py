"""Pages of `cases/extract`: a source, and what extraction says of it, line by line, 1-based.

    definitions   line kind Owner.name(bases): type  first..signature..last  hidden
    imports       line module name as alias  exported
    calls         line receiver.name
    shared        line kind name

The three lines of a definition are left out where all are that of its name, an alias where it is the name.
"""

from __future__ import annotations

import re
from pathlib import Path

from counterpoint.context.facts import Definition, Facts, Import

CASES = Path(__file__).parent / "cases" / "extract"
_BLOCK = re.compile(r"^~~~(?P<info>[^\n]*)\n(?P<body>.*?)^~~~$", re.M | re.S)


def read(file: Path) -> dict[str, str]:
    """The blocks of a page by the first word of their fence; that of the source is "source"."""
    return {match["info"].split()[0]: match["body"] for match in _BLOCK.finditer(file.read_text("utf-8"))}


def said(facts: Facts) -> dict[str, str]:
    """Facts as the blocks of a page."""
    blocks = {
        "definitions": [_definition(one) for one in facts.definitions],
        "imports": [_import(one) for one in facts.imports],
        "calls": [
            f"{line + 1} {receiver}{' -> ' if receiver else ''}{name}" for name, line, receiver in facts.calls
        ],
        "shared": [f"{line + 1} {kind} {name}" for kind, name, line in facts.shared],
        "package": [facts.package] if facts.package else [],
    }
    return {name: "".join(f"{line}\n" for line in lines) for name, lines in blocks.items() if lines}


def _definition(one: Definition) -> str:
    owner = f"{one.owner}." if one.owner else ""
    bases = f"({', '.join(one.bases)})" if one.bases else ""
    type_ = f": {one.type}" if one.type else ""
    lines = (one.first_line, one.signature_line, one.last_line)
    span = "" if set(lines) == {one.name_line} else "  " + "..".join(str(line + 1) for line in lines)
    hidden = "" if one.exported else "  hidden"
    return f"{one.name_line + 1} {one.kind} {owner}{one.name}{bases}{type_}{span}{hidden}"


def _import(one: Import) -> str:
    alias = f" as {one.alias}" if one.alias != one.name else ""
    return f"{one.line + 1} {one.module} {one.name or '-'}{alias}{'  exported' if one.exported else ''}"
