"""Where in a workspace a rule has nothing to say: tests, migrations, developers' scripts, others' code."""

from __future__ import annotations

import re

from counterpoint.static.rules import Rule
from counterpoint.text import Document

_TESTS = re.compile(
    r"(^|/)(tests?|__tests__|testing|spec|e2e|fixtures)/|(^|/)(test_[^/]*|conftest)\.py$|_test\.(py|go)$"
    r"|\.(test|spec)\.[cm]?[jt]sx?$"
)
_MIGRATIONS = re.compile(r"(^|/)(migrations?|alembic)(/|\.[a-z]+$)")
# Only at the root: further down a folder called `scripts` is as likely part of the program.
_CHORES = re.compile(r"^(dev|docs?|examples?|scripts|tools|hack|ci|\.github)/")
_COPIED = re.compile(r"(^|/)(vendors?|vendored|_vendor|third[-_]?party)/")
# The comment that tools keep when they shorten a library, with its version and its licence.
_BANNER = re.compile(r"/\*!(?=(?:(?!\*/)[\s\S])*\bv?\d+\.\d+)(?=(?:(?!\*/)[\s\S])*\b[Ll]icen[sc]e)")
_BANNER_WITHIN = 500
_LONGEST_LINE = 1000


def wanted(rule: Rule, document: Document) -> bool:
    """Whether the rule is looked for in a file of that path. A credential is one in others' code too."""
    path = document.path
    if not rule.in_tests and _TESTS.search(path):
        return False
    if not rule.in_migrations and _MIGRATIONS.search(path):
        return False
    if not rule.in_chores and _CHORES.search(path):
        return False
    return rule.category == "secrets" or not _copied(document)


def by_hand(document: Document, line: int) -> bool:
    """False for a line (from 0) that only a bundler writes: its author would correct what it was made of."""
    return len(document.line(line)) <= _LONGEST_LINE


def _copied(document: Document) -> bool:
    if _COPIED.search(document.path):
        return True
    head = document.text[: 2 * _BANNER_WITHIN]
    found = _BANNER.search(head)
    return found is not None and found.start() < _BANNER_WITHIN
