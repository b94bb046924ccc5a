"""The corpus of model replies, as pages a person can read.

A page holds cases; each begins with a heading `## its name` and has blocks between fences of five tildes:

    ~~~~~ before src/a.py           a file; the first is the one that is asked about
    ~~~~~ reply                     what the model sends
    ~~~~~ after src/a.py            a file afterwards; what is not named here stays as it is
    ~~~~~ gone src/a.py             a file that is gone afterwards (nothing in the block)
    ~~~~~ refused                   instead of `after`: why nothing is changed, a word a line

Behind a path, or `reply`, flags: `crlf` for these line ends, `cr` for those of old, `bom` for a byte-order
mark, `open` for a last line without an end. In a block `␍` is a carriage return, `→` at the beginning of a
line a tab and `·` at its end a blank, where these would not be seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^~~~~~ (?P<words>[^\n]+)\n(?P<body>.*?)^~~~~~$", re.MULTILINE | re.DOTALL)
_PART = re.compile(rf"{_BLOCK.pattern}|^## (?P<name>[^\n]+)$", re.MULTILINE | re.DOTALL)
_TABS = re.compile(r"^([ +\-\\]?)(→+)", re.MULTILINE)
_BLANKS = re.compile(r"(·+)$", re.MULTILINE)


@dataclass(frozen=True)
class Reply:
    """One case. `refused` holds the reasons where nothing may be changed, else it is empty."""

    name: str
    document: str
    before: dict[str, str]
    text: str
    after: dict[str, str]
    refused: tuple[str, ...]


def read_replies(page: Path) -> list[Reply]:
    """All cases of a page."""
    cases: list[tuple[str, list[tuple[str, str]]]] = []
    for part in _PART.finditer(page.read_text("utf-8")):
        if part["name"]:
            cases.append((f"{page.stem}: {part['name'].strip()}", []))
        else:
            cases[-1][1].append((part["words"], part["body"]))
    return [_case(name, blocks) for name, blocks in cases]


def _case(name: str, blocks: list[tuple[str, str]]) -> Reply:
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    reply = ""
    refused: tuple[str, ...] = ()
    gone: list[str] = []
    for head, text in blocks:
        kind, *words = head.split()
        body = _plain(text)
        if kind == "reply":
            reply = _flagged(body, set(words))
        elif kind == "refused":
            refused = tuple(body.split())
        elif kind == "gone":
            gone.append(words[0])
        elif kind in ("before", "after"):
            path, flags = _path(words)
            (before if kind == "before" else after)[path] = _flagged(body, flags)
        else:
            raise ValueError(f"{name}: no block is called {kind}")
    if not before or not reply or bool(refused) == bool(after or gone):
        raise ValueError(
            f"{name}: needs a file before, a reply, and either what comes of it or why nothing does"
        )
    kept = {path: content for path, content in before.items() if path not in gone}
    return Reply(name, next(iter(before)), before, reply, {**kept, **after}, refused)


def _path(words: list[str]) -> tuple[str, set[str]]:
    flags = {"crlf", "cr", "bom", "open"}
    names = [word for word in words if word not in flags]
    return " ".join(names), flags & set(words)


def _plain(body: str) -> str:
    body = _TABS.sub(lambda hit: hit[1] + "\t" * len(hit[2]), body)
    return _BLANKS.sub(lambda hit: " " * len(hit[1]), body).replace("␍", "\r")


def _flagged(body: str, flags: set[str]) -> str:
    if "open" in flags:
        body = body.removesuffix("\n")
    if "crlf" in flags:
        body = body.replace("\n", "\r\n")
    if "cr" in flags:
        body = body.replace("\n", "\r")
    return "\ufeff" + body if "bom" in flags else body
