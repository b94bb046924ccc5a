"""What the file itself makes certain, without a model: sister lines, next members, a change made once more.

Pure and bounded: only the lines within `patterns_siblings.REACH` of the cursor are read. Better nothing than
a guess: what is offered here was right nine times out of ten on commits it was not fitted on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from counterpoint.inline.patterns_edits import Change, again
from counterpoint.inline.patterns_members import next_member
from counterpoint.inline.patterns_siblings import Lines, Prefix, proven, voices
from counterpoint.inline.patterns_sure import END, chances, heard, is_prose
from counterpoint.text import Document

__all__ = ["Certain", "Change", "Kind", "certain"]

Kind: TypeAlias = Literal["edit", "member", "mirror", "block", "alike", "repeat"]
"""By rule: a change made twice of late; the next enum arm, parameter or field; a line like three others but
for what is renamed. Weighed: a run of lines like an earlier run; a line like another with something renamed;
a line that begins as others do."""

SURE: dict[Kind, float] = {"block": 0.955, "alike": 0.955, "repeat": 0.97}
SURE_IN_PROSE = 0.975
"""Chance that all of a text is right from which it is offered: in code, and in words for people."""
SHORTEST, SHORTEST_PART = 4, 6
"""Visible characters of a text that ends its line, and of one that does not."""
_LONGEST_LINE = 240
_CLOSERS = frozenset(")]}>\"'`;,: \t")


@dataclass(frozen=True, slots=True)
class Certain:
    """Text to insert at the cursor, never beyond its line. `whole` if it is likely all the line lacks.

    `evidence` are the 0-based lines it follows from; empty for a change made in other places.
    """

    text: str
    kind: Kind
    evidence: tuple[int, ...]
    whole: bool = False


def certain(document: Document, offset: int, *, recent: Sequence[Change] = ()) -> Certain | None:
    """What comes next at an offset, if the lines around leave little doubt. None in most places.

    `recent` are the last lines typed in any file of the workspace, the latest last; some tens are enough.
    """
    place = document.position(offset)
    line = document.line(place.line)
    before, after = line[: place.column], line[place.column :].rstrip()
    if len(before) > _LONGEST_LINE or not set(after) <= _CLOSERS:
        repeated = again(before, after, recent)
        return Certain(repeated, "edit", ()) if repeated else None
    return _certain(document, place.line, before, after, recent)


def _certain(
    document: Document, number: int, before: str, after: str, recent: Sequence[Change]
) -> Certain | None:
    repeated = again(before, after, recent)
    if repeated:
        return Certain(repeated, "edit", ())
    typed = [change.after for change in recent if change.after.strip()]
    lines = Lines(document.lines, number, before, typed[-40:])
    prefix = Prefix.of(before, document.language)
    member = next_member(lines, prefix)
    if member is not None:
        found: Certain | None = Certain(member.text, "member", member.evidence, whole=True)
    else:
        found = _sister(lines, prefix, document.language)
    return _fitted(found, after, lines.first) if found else None


def _sister(lines: Lines, prefix: Prefix, language: str) -> Certain | None:
    """What sister lines say, as far as it is sure."""
    found = voices(lines, prefix)
    if not found or (not prefix.text and lines.indent(found[0].line) != len(prefix.indent)):
        return None
    agreed = proven(lines, prefix, found)
    if agreed:
        return Certain("".join(agreed[0].rest), "mirror", tuple(one.line for one in agreed), whole=True)
    known = heard(lines, prefix, found)
    best = known.best
    kind: Kind = "block" if best.foretold >= 2 else "alike" if best.renamed else "repeat"
    wanted = SURE_IN_PROSE if is_prose(prefix.text, language) else SURE[kind]
    sure, text, kept, whole = 1.0, "", "", False
    for token, chance in chances(lines, prefix, known, language):
        sure *= chance
        if sure < wanted:
            break
        if token == END:
            whole = True
            break
        text += token
        kept = text if token.strip() else kept
    size = len(best.rest)
    agreeing = (peer.line for peer, same in zip(known.peers, known.agreed, strict=True) if same >= size)
    return Certain(kept, kind, (best.line, *agreeing), whole) if kept else None


def _fitted(found: Certain, after: str, first: int) -> Certain | None:
    """The text without what stands behind the cursor already; None where too little is left."""
    text = found.text
    if after:
        if found.whole and text.endswith(after):
            text = text[: len(text) - len(after)]
        elif found.whole or set(text) & set(after.strip()):
            return None
    shortest = SHORTEST if found.whole else SHORTEST_PART
    if len(text.strip()) < shortest:
        return None
    return Certain(text, found.kind, tuple(first + at for at in found.evidence), found.whole)
