"""A change of files written down as models write changes: whole files, blocks, our own JSON. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

NO_NEWLINE = "\\ No newline at end of file\n"


@dataclass(frozen=True)
class Change:
    """Texts by path before and after; `moved` maps old paths to new ones, which both sides name anew."""

    before: Mapping[str, str]
    after: Mapping[str, str]
    moved: Mapping[str, str] = field(default_factory=dict)

    @property
    def deleted(self) -> list[str]:
        return [path for path in self.before if path not in self.after and path not in self.moved]

    @property
    def written(self) -> list[tuple[str, str | None, str]]:
        """Path before the change, text before (None: new) and after, of all files that have a text after."""
        old = {new: path for path, new in self.moved.items()}
        return [
            (old.get(path, path), self.before.get(old.get(path, path)), text)
            for path, text in self.after.items()
        ]


def whole_files(change: Change) -> str:
    """Every file that changes, all of it, under its path."""
    parts = [f'<delete path="{path}"/>\n' for path in change.deleted]
    parts += [f'<rename from="{old}" to="{new}"/>\n' for old, new in change.moved.items()]
    for path, before, after in change.written:
        if before != after or path not in change.moved:
            mark = "`" * max(3, 1 + max(map(len, re.findall(r"`+", after)), default=0))
            parts.append(f"**`{path}`** (complete file)\n\n{mark}\n{_closed(before, after)}{mark}\n")
    return "\n".join(parts)


def _closed(before: str | None, after: str) -> str:
    """A text whose last line ends, because the fence stands on the next."""
    if not after:
        return ""
    if not after.endswith("\n"):
        return f"{after}\n{NO_NEWLINE}"
    return f"{after}\n" if before and not before.endswith("\n") else after


def blocks(change: Change) -> str:
    """Search/replace blocks that quote as few lines as stand in the file once."""
    parts = [f'<delete path="{path}"/>\n' for path in change.deleted]
    parts += [f'<rename from="{old}" to="{new}"/>\n' for old, new in change.moved.items()]
    for path, before, after in change.written:
        quotes = [("", after)] if not before else swaps(before, after, by_lines=True)
        if before is None and not after:
            quotes = [("", "")]
        for old, new in quotes:
            if (old, new) == ("", "") and before is not None:
                continue
            marked = [_marked(before or "", after, text) for text in (old, new)]
            parts.append(
                f"`{path}`\n```\n<<<<<<< SEARCH\n{marked[0]}=======\n{marked[1]}>>>>>>> REPLACE\n```\n"
            )
    return "\n".join(parts)


def _marked(before: str, after: str, text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n{NO_NEWLINE}"


def schema(change: Change) -> str:
    """The form that we ask for."""
    edits = []
    for path, before, after in change.written:
        if before == after and path in change.moved:
            continue
        quotes = [("", after)] if not before else swaps(before, after, by_lines=False)
        for old, new in quotes:
            line = (before or "").count("\n", 0, (before or "").find(old)) + 1 if old else 1
            bare = [not text.endswith("\n") for text in (old, new)]
            said = [
                f"{text}\n{NO_NEWLINE.strip()}"
                if text and old and bare[side] and bare[0] != bare[1]
                else text
                for side, text in enumerate((old, new))
            ]
            edits.append(
                {"path": path, "line": line, "old": said[0], "new": said[1], "reason": "", "extra": False}
            )
    moves = [{"path": old, "to": new} for old, new in change.moved.items()]
    answer = {"assumptions": [], "question": "", "moves": moves, "deletes": change.deleted, "edits": edits}
    return json.dumps(answer, ensure_ascii=False, indent=1)


def swaps(before: str, after: str, *, by_lines: bool) -> list[tuple[str, str]]:
    """Quotes and what stands in their place, widened until each quote stands once."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    old, new = _by_line_feed(before), _by_line_feed(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    groups = [list(code[1:]) for code in matcher.get_opcodes() if code[0] != "equal"]
    while True:
        wide = [_widened(old, group, before, by_lines) for group in groups]
        merged: list[list[int]] = []
        for (first, last), (a, b, c, d) in zip(wide, groups, strict=True):
            if merged and first < merged[-1][4]:
                merged[-1] = [merged[-1][0], b, merged[-1][2], d, max(last, merged[-1][4])]
            else:
                merged.append([a, b, c, d, last])
        if len(merged) == len(groups):
            break
        groups = [one[:4] for one in merged]
    found = []
    for (first, last), (a, b, c, d) in zip(wide, groups, strict=True):
        found.append(("".join(old[first:last]), "".join([*old[first:a], *new[c:d], *old[b:last]])))
    return found


def _by_line_feed(text: str) -> list[str]:
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _widened(old: Sequence[str], group: Sequence[int], text: str, by_lines: bool) -> tuple[int, int]:
    """The lines to quote for a run that changes: none of them alone stands in two places."""
    first, last = group[0], group[1]
    while True:
        quote = "".join(old[first:last])
        if quote.strip() and _once(old, first, last, text, quote, by_lines):
            return first, last
        if first == 0 and last == len(old):
            return first, last
        first, last = max(0, first - 1), min(len(old), last + 1)


def _once(old: Sequence[str], first: int, last: int, text: str, quote: str, by_lines: bool) -> bool:
    if not by_lines:
        at = text.find(quote)
        return text.find(quote, at + 1) < 0
    # Neither a line's end nor a byte-order mark tells one line from another.
    have = [line.rstrip("\n").removeprefix("\ufeff") for line in old]
    wanted = have[first:last]
    return sum(have[at : at + len(wanted)] == wanted for at in range(len(have) - len(wanted) + 1)) == 1
