"""Reviews as GitHub's workflow commands: annotations in a pull request, within GitHub's limits. Pure."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from counterpoint.anchors import kind_of
from counterpoint.answers import SEVERITIES, Finding
from counterpoint.cli.terminal import clean
from counterpoint.flows.review import Review

LEVELS = {"P0": "error", "P1": "error", "P2": "warning", "P3": "notice"}
MOST = 10
"""GitHub shows ten annotations of a level for one step and drops the rest without a word."""
_LONGEST = 4_000
_LONGEST_TITLE = 200


def inside(root: Path, environ: Mapping[str, str] = os.environ) -> str:
    """Where a workspace lies in what GitHub checked out, "" at its top, else with `/` at its end:
    GitHub counts the paths of annotations from there."""
    top = environ.get("GITHUB_WORKSPACE", "")
    if not top or not root.is_relative_to(whole := Path(top).resolve()):
        return ""
    inner = root.relative_to(whole).as_posix()
    return "" if inner == "." else f"{inner}/"


def github(found: Review, limits: str = "", inside: str = "") -> str:
    """Workflow commands: one annotation a finding, the worst first, and one for what failed.

    `limits` says why less was done than could have been, `inside` is what goes before each path.

    What is over GitHub's limit is in the log as plain lines, and a last line says how many those are.
    """
    left = Counter(dict.fromkeys(LEVELS.values(), MOST))
    rows = []
    if limits:
        left["notice"] -= 1
        rows.append(f"::notice title=Counterpoint::{_data(limits)}")
    for error in found.errors[:MOST]:
        left["warning"] -= 1
        rows.append(f"::warning title=Counterpoint::{_data(f'{error.message} {error.fix}'.strip())}")
    over = []
    for item in _worst_first(found.findings):
        level = LEVELS[item.severity]
        left[level] -= 1
        if left[level] < 0:
            over.append(_plain(item, inside))
        else:
            rows.append(_annotation(item, level, inside))
    if over:
        rows += [f"{len(over)} more, over GitHub's limit of {MOST} annotations of a level:", *over]
    return "".join(f"{row}\n" for row in rows)


def _worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """Within a severity, what has been verified comes before what a model alone says."""
    sure = ("static", "verified")
    return sorted(findings, key=lambda one: (SEVERITIES.index(one.severity), one.status not in sure))


def _annotation(item: Finding, level: str, inside: str) -> str:
    place = [
        f"file={_property(inside + item.path)}",
        f"line={item.start.line + 1}",
        f"endLine={item.end.line + 1}",
    ]
    if item.start.line == item.end.line:  # GitHub refuses columns over several lines
        place += [f"col={item.start.column + 1}", f"endColumn={item.end.column + 1}"]
    title = f"{item.severity} {kind_of(item)} ({item.status})"
    place.append(f"title={_property(title[:_LONGEST_TITLE])}")
    return f"::{level} {','.join(place)}::{_data(_cut(f'{item.title}. {item.body}'))}"


def _plain(item: Finding, inside: str) -> str:
    """A line of the log: it must not be a command, whatever a model or a file name says."""
    row = f"{inside}{item.path}:{item.start.line + 1}:{item.start.column + 1}: {item.severity} {item.title}"
    return f"  {clean(row)}".replace("::", ": :")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
