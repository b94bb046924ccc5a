"""What vitest and jest print, as text and as JSON, as what it says of each failure. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from counterpoint.testruns.values import During, Told

_FAIL = re.compile(r"\s*FAIL\s+(?:\|[^|]+\|\s+)?(?P<test>\S.*)$")
_PART = re.compile(r"⎯+ (?P<title>.+?) ⎯+$|(?P<end>⎯{4,}\[\d+/\d+\]⎯?)$")
_FILE_AGAIN = re.compile(r"(?P<path>\S+) \[ (?P=path) \]$")
_JEST_FILE = re.compile(r"FAIL\s+(?:\S+ )?(?P<path>\S+\.[cm]?[jt]sx?)(?: \([\d.]+ m?s\))?$")
_JEST_TEST = re.compile(r"  ● (?P<name>.+)$")
_JEST_END = re.compile(r"(?:Test Suites:|Tests:|PASS |FAIL |Summary of all failing tests)")
_TOTALS = re.compile(r"\s*Tests:?\s+(?P<counts>\d.*)$")
_SUITES = re.compile(r"\s*Test (?:Files|Suites):?\s+(?P<counts>\d.*)$")
_COUNT = re.compile(r"(\d+) (passed|failed|skipped|todo|pending)")
_SUITE_FAILED = "Test suite failed to run"


def is_script(text: str) -> bool:
    """True if it looks like what vitest or jest prints."""
    return any(
        _TOTALS.match(line) or _SUITES.match(line) or re.match(r"\s*(?:RUN|DEV)\s+v\d", line)
        for line in text.split("\n")
    )


def counts_in(text: str) -> dict[str, int]:
    """What the lines of totals say of tests."""
    found: dict[str, int] = {}
    for line in text.split("\n"):
        if totals := _TOTALS.match(line):
            found = {what: int(n) for n, what in _COUNT.findall(totals["counts"])}
    return found


def told_in(text: str) -> Iterator[Told]:
    """Each failure once, in the order of the output."""
    lines = text.split("\n")
    found = list(_of_vitest(lines))
    if not found:
        found = list(_of_jest(lines))
    seen = set()
    for one in found:
        if one.test not in seen:
            seen.add(one.test)
            yield one


def _of_vitest(lines: Sequence[str]) -> Iterator[Told]:
    """Pages after `FAIL  file > test`; a page may stand under several such lines."""
    suites = False
    heads: list[str] = []
    page: list[str] = []
    within = False
    for line in (*lines, "⎯⎯⎯⎯[1/1]⎯"):
        part = _PART.match(line)
        head = _FAIL.match(line) if within or part is None else None
        if part is not None or (head is not None and page):
            yield from _told(heads, page, suites=suites)
            heads, page = [], []
        if part is not None:
            if part["title"] is not None and not part["title"].startswith("Serialized"):
                suites, within = (
                    "Suites" in part["title"],
                    "Failed" in part["title"] or "Unhandled" in part["title"],
                )
        elif head is not None and within:
            heads.append(head["test"])
        elif heads:
            page.append(line)


def _told(heads: Sequence[str], page: Sequence[str], *, suites: bool) -> Iterator[Told]:
    for head in dict.fromkeys(heads):
        again = _FILE_AGAIN.match(head)
        during: During = "collection" if again else "setup" if suites else ""
        yield Told(again["path"] if again else head, "\n".join(page).strip("\n"), during)


def _of_jest(lines: Sequence[str]) -> Iterator[Told]:
    """Pages after `● description › test`, below `FAIL file`."""
    path, name = "", ""
    page: list[str] = []
    for line in (*lines, "Tests:"):
        file, head = _JEST_FILE.match(line), _JEST_TEST.match(line)
        if name and (file or head or _JEST_END.match(line)):
            whole = name == _SUITE_FAILED
            test = path if whole else " > ".join([path, *name.split(" › ")])
            yield Told(test, "\n".join(page).strip("\n"), "collection" if whole else "")
            name, page = "", []
        if file is not None:
            path = file["path"]
        elif head is not None:
            name = head["name"]
        elif name:
            page.append(line)


def report_in(text: str) -> Mapping[str, Any] | None:
    """The JSON report of vitest or jest in an output, or None."""
    at = text.find('{"num')
    if at < 0:
        return None
    try:
        found, _ = json.JSONDecoder().raw_decode(text, at)
    except json.JSONDecodeError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("testResults"), list) else None


def counts_of(report: Mapping[str, Any]) -> dict[str, int]:
    """What a report says of all tests."""
    names = {"passed": "numPassedTests", "failed": "numFailedTests", "skipped": "numPendingTests"}
    return {what: number for what, name in names.items() if isinstance(number := report.get(name), int)}


def told_of(report: Mapping[str, Any]) -> Iterator[Told]:
    """Each failure of a report. Files that could not be run have no tests."""
    for file in report["testResults"]:
        path = str(file.get("name", ""))
        tests = file.get("assertionResults") or []
        for one in tests:
            if one.get("status") == "failed":
                names = [path, *map(str, one.get("ancestorTitles") or []), str(one.get("title", ""))]
                yield Told(" > ".join(names), "\n".join(map(str, one.get("failureMessages") or [])))
        if file.get("status") == "failed" and not any(one.get("status") == "failed" for one in tests):
            yield Told(path, str(file.get("message", "")), "collection")
