"""A report in JUnit's XML, as many runners write it, as what it says of each failure. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from counterpoint.testruns.values import During, Told

_BEGIN = re.compile(r"<testsuites?[\s>]")
_COLOUR = re.compile(r"#x1B\[[0-9;]*m")


def report_in(text: str) -> ElementTree.Element | None:
    """The report in an output, or None. A document with declarations of its own is refused: they can make
    a small text endless."""
    begin = _BEGIN.search(text)
    if begin is None or "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    name = text[begin.start() + 1 : begin.end() - 1].strip()
    end = text.rfind(f"</{name}>")
    try:
        return ElementTree.fromstring(text[begin.start() : end + len(name) + 3]) if end >= 0 else None
    except ElementTree.ParseError:
        return None


def counts_of(report: ElementTree.Element) -> dict[str, int]:
    """How many tests passed, failed, were skipped, and broke."""
    found = {"passed": 0, "failed": 0, "skipped": 0, "error": 0}
    names = {"failure": "failed", "error": "error", "skipped": "skipped"}
    for case in report.iter("testcase"):
        kinds = [names[child.tag] for child in case if child.tag in names]
        found[kinds[0] if kinds else "passed"] += 1
    return found


def told_of(report: ElementTree.Element) -> Iterator[Told]:
    """Each failure of a report."""
    for case in report.iter("testcase"):
        for child in case:
            if child.tag in ("failure", "error"):
                message = child.get("message", "")
                during: During = ""
                if child.tag == "error":
                    during = _during(message)
                parts = [case.get("classname", ""), case.get("name", "")]
                test = "::".join(part for part in parts if part)
                text = _COLOUR.sub("", child.text or "")
                yield Told(test, text.strip("\n"), during, _said(child.get("type", ""), message))


def _during(message: str) -> During:
    if "collection" in message:
        return "collection"
    if "on teardown" in message:
        return "teardown"
    return "setup" if "on setup" in message else ""


def _said(kind: str, message: str) -> str:
    message = re.sub(r'^(?:failed on setup with|failed on teardown with) "(.*)"$', r"\1", message, flags=re.S)
    message = "" if message == "collection failure" else message
    plain = kind.rpartition(".")[2]
    return f"{kind}: {message}" if plain.endswith(("Error", "Exception")) and kind not in message else message
