"""Names that several files use to mean one thing outside of the language: environment variables, routes and
tables. Only files that have a telling word are read for them, so that most files cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_NAMED = rb"""\s*["']([A-Z][A-Z0-9_]+)["']"""
_ENVIRONMENT = {
    "environ": re.compile(rb"environ(?:\.get|\.setdefault|\.pop)?\s*[\[(]" + _NAMED),
    "getenv": re.compile(rb"getenv\(" + _NAMED),
    "Getenv": re.compile(rb"Getenv\(" + _NAMED),
    "LookupEnv": re.compile(rb"LookupEnv\(" + _NAMED),
    "GetEnvironmentVariable": re.compile(rb"GetEnvironmentVariable\(" + _NAMED),
    "ENV": re.compile(rb"ENV(?:\.fetch)?[\[(]" + _NAMED),
    "_ENV": re.compile(rb"_ENV\[" + _NAMED),
    "env": re.compile(rb"env(?:(?:::var(?:_os)?|!)\(|\[)" + _NAMED + rb"|env\.([A-Z][A-Z0-9_]+)"),
}
"""What follows a telling word."""
_ROUTE = re.compile(rb"""\(["'](/[^"'\s]{0,100})["']""")
_ROUTED = re.compile(
    rb"""(?:\.(?:get|post|put|patch|delete|options|head|route|all|websocket|HandleFunc|Handle
    |GET|POST|PUT|PATCH|DELETE)|\b(?:Get|Post|Put|Patch|Delete|Request)Mapping
    |\bHttp(?:Get|Post|Put|Patch|Delete)|\bRoute|\b(?:re_)?path)\Z""",
    re.VERBOSE,
)
_ROUTE_WORDS = frozenset(
    {
        "app",
        "router",
        "route",
        "Route",
        "api",
        "bp",
        "blueprint",
        "urlpatterns",
        "server",
        "http",
        "mux",
        "GET",
    }
    | {"group", "fastify", "GetMapping", "PostMapping", "RequestMapping", "HttpGet", "HttpPost", "Router"}
)
_LONGEST = 20
"""Bytes before a route that say it is one."""
_TABLE_WORDS = (
    ("select", "from"),
    ("SELECT", "FROM"),
    ("insert", "into"),
    ("INSERT", "INTO"),
    ("create", "table"),
    ("CREATE", "TABLE"),
    ("delete", "from"),
    ("DELETE", "FROM"),
    ("UPDATE", "SET"),
)
_TABLE = re.compile(
    rb"""["'`]\s*(?:(?:create|CREATE)\s+(?:table|TABLE)(?:\s+(?:if\s+not\s+exists|IF\s+NOT\s+EXISTS))?
    |(?:insert\s+into|INSERT\s+INTO|delete\s+from|DELETE\s+FROM)|UPDATE(?=\s+\S+\s+SET\b)
    |select\s[^"'`;]{1,300}?\sfrom|SELECT\s[^"'`;]{1,300}?\sFROM)\s+["`\[]?([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?)""",
    re.VERBOSE,
)
"""Only what begins a string: prose has these words too."""


def shared_lines(data: bytes, words: Mapping[str, int]) -> str:
    """(kind, name, line) of each, a line of text for each with tabs between the parts. `words` are those of
    the file.
    """
    found: dict[tuple[str, bytes], int] = {}
    for word in _ENVIRONMENT.keys() & words.keys():
        for match in _at(data, word.encode(), _ENVIRONMENT[word]):
            found.setdefault(("environment", match[match.lastindex or 1]), match.start())
    for start in (b'("/', b"('/") if _ROUTE_WORDS & words.keys() else ():
        for match in _at(data, start, _ROUTE):
            at = match.start()
            if _ROUTED.search(data, max(0, at - _LONGEST), at):
                found.setdefault(("route", match[1]), at)
    for first, second in _TABLE_WORDS:
        if first in words and second in words:
            for match in _tables(data, first.encode()):
                key, place = ("table", match[1]), match.start(1)
                found[key] = min(place, found.get(key, place))
    return "\n".join(
        f"{kind}\t{name.decode('utf-8', 'replace')}\t{data.count(_END, 0, at)}"
        for (kind, name), at in sorted(found.items(), key=lambda item: item[1])
    )


def _tables(data: bytes, word: bytes) -> Iterator[re.Match[bytes]]:
    """Matches of a statement that begins with a word."""
    at = data.find(word)
    while at >= 0:
        before = at - 1
        while before >= 0 and data[before] in b" \t\r\n":
            before -= 1
        if before >= 0 and data[before] in b"\"'`":
            match = _TABLE.match(data, before)
            if match:
                yield match
        at = data.find(word, at + len(word))


def _at(data: bytes, word: bytes, pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    """Matches that begin with a word, which is a hundred times as quick to find."""
    at = data.find(word)
    while at >= 0:
        match = pattern.match(data, at)
        if match:
            yield match
        at = data.find(word, at + len(word))


_END = b"\n"
