"""Names that several files use to mean one thing outside of the language: environment variables, routes and
tables. Only files that have a telling word are read for them, so that most files cost nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_ENVIRONMENT_WORDS = frozenset(
    {"environ", "getenv", "Getenv", "LookupEnv", "ENV", "_ENV", "GetEnvironmentVariable"}
)
_ENVIRONMENT = re.compile(
    rb"""(?:environ(?:\.get|\.setdefault|\.pop)?\s*[\[(]|getenv\(|Getenv\(|LookupEnv\(|GetEnvironmentVariable\(
    |env::var(?:_os)?\(|\benv!\(|\bENV(?:\.fetch)?[\[(]|\$_ENV\[|process\.env\[)\s*["']([A-Z][A-Z0-9_]+)["']
    |(?:process|meta)\.env\.([A-Z][A-Z0-9_]+)""",
    re.VERBOSE,
)
_ROUTE = re.compile(
    rb"""(?:\.(?:get|post|put|patch|delete|options|head|route|all|websocket|HandleFunc|Handle
    |GET|POST|PUT|PATCH|DELETE)|\b(?:Get|Post|Put|Patch|Delete|Request)Mapping
    |\bHttp(?:Get|Post|Put|Patch|Delete)|\bRoute|\b(?:re_)?path)\(["'](/[^"'\s]{0,100})["']""",
    re.VERBOSE,
)
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


def shared_lines(data: bytes, words: Collection[str]) -> str:
    """(kind, name, line) of each, a line of text for each with tabs between the parts. `words` are those of
    the file.
    """
    found: dict[tuple[str, bytes], int] = {}
    if not _ENVIRONMENT_WORDS.isdisjoint(words) or ("env" in words and _has_env(words)):
        for match in _ENVIRONMENT.finditer(data):
            found.setdefault(("environment", match[match.lastindex or 1]), match.start())
    if b'("/' in data or b"('/" in data:
        for match in _ROUTE.finditer(data):
            found.setdefault(("route", match[1]), match.start(1))
    if any(first in words and second in words for first, second in _TABLE_WORDS):
        for match in _TABLE.finditer(data):
            found.setdefault(("table", match[1]), match.start(1))
    return "\n".join(
        f"{kind}\t{name.decode('utf-8', 'replace')}\t{data.count(_END, 0, at)}"
        for (kind, name), at in found.items()
    )


def _has_env(words: Collection[str]) -> bool:
    return "process" in words or "meta" in words or "var" in words or "var_os" in words


_END = b"\n"
