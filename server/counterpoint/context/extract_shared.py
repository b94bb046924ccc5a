"""Names that several files use to mean one thing outside of the language: environment variables, routes and
tables. Read from the text, with a test for a plain word first so that most files cost nothing.
"""

from __future__ import annotations

import re

_ENVIRONMENT = re.compile(
    rb"""(?:environ(?:\.get|\.setdefault|\.pop)?\s*[\[(]|getenv\(|Getenv\(|LookupEnv\(|\benv::var(?:_os)?\(
    |GetEnvironmentVariable\(|\bENV(?:\.fetch)?[\[(]|\$_ENV\[|process\.env\[|\benv!\()\s*["']([A-Z][A-Z0-9_]+)["']
    |process\.env\.([A-Z][A-Z0-9_]+)|import\.meta\.env\.([A-Z][A-Z0-9_]+)""",
    re.VERBOSE,
)
_ROUTE = re.compile(
    rb"""(?:\.(?:get|post|put|patch|delete|options|head|route|all|use|websocket|HandleFunc|Handle|GET|POST|PUT|PATCH|DELETE)
    |\b(?:Get|Post|Put|Patch|Delete|Request)Mapping|\bHttp(?:Get|Post|Put|Patch|Delete)|\bRoute|\b(?:re_)?path)
    \(\s*(?:value\s*=\s*|path\s*=\s*)?["'](/[^"'\s]{0,100})["']""",
    re.VERBOSE,
)
_TABLE = re.compile(
    rb"""\b(?:create\s+table(?:\s+if\s+not\s+exists)?|insert\s+into|delete\s+from|alter\s+table
    |select\s[^"';]{1,200}?\sfrom|update(?=\s+\w+\s+set\b))\s+["`\[]?([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?)""",
    re.VERBOSE | re.IGNORECASE,
)
_TABLE_WORD = re.compile(
    rb"(?:create|alter)\s+table|insert\s+into|delete\s+from|\sfrom\s|\sset\s", re.IGNORECASE
)
_NOT_TABLES = frozenset({b"the", b"a", b"an", b"this", b"select", b"values", b"where", b"if", b"it", b"set"})


def shared_lines(data: bytes) -> str:
    """(kind, name, line) of each, a line of text for each with tabs between the parts."""
    found: dict[tuple[str, bytes], int] = {}
    if b"env" in data or b"ENV" in data or b"Env" in data:
        for match in _ENVIRONMENT.finditer(data):
            found.setdefault(("environment", match[match.lastindex or 1]), match.start())
    if b'("/' in data or b"('/" in data:
        for match in _ROUTE.finditer(data):
            found.setdefault(("route", match[1]), match.start(1))
    if b"SELECT" in data or b"select" in data or b"INTO" in data or b"TABLE" in data or b"into" in data:
        for match in _TABLE.finditer(data):
            if match[1].lower() not in _NOT_TABLES:
                found.setdefault(("table", match[1]), match.start(1))
    return "\n".join(
        f"{kind}\t{name.decode('utf-8', 'replace')}\t{data.count(bytes([10]), 0, at)}"
        for (kind, name), at in found.items()
    )
