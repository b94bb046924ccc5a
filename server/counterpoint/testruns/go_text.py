"""What `go test` prints, as text and with -json, as what it says of each failure. Pure."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence

from counterpoint.testruns.values import Told

_RESULT = re.compile(r"(?P<indent> *)--- (?P<what>PASS|FAIL|SKIP): (?P<name>\S+) \([\d.]+s\)")
_RUNNING = re.compile(r"=== (?:RUN|CONT|PAUSE|NAME) +(?P<name>\S+)")
_PACKAGE = re.compile(r"(?P<what>ok|FAIL|---|\?)\s*\t(?P<package>\S+)(?:\s+(?P<rest>.*))?$")
_BUILT = re.compile(r"\[(?:build|setup) failed\]")
_HEAD = re.compile(r"# \[?(?P<package>[^\s\[\]]+)\]?(?: \[(?P<test>\S+)\.test\])?$")
_TIMED_OUT = re.compile(r"\s+(?P<name>Test\S*|Fuzz\S*|Example\S*) \([\d.a-z]+\)$")
_STACKS = re.compile(r"^(?:panic|fatal error): |^WARNING: DATA RACE", re.MULTILINE)


def is_go(text: str) -> bool:
    """True if it looks like what `go test` prints."""
    lines = text.split("\n")
    return any(_PACKAGE.match(line) or _RESULT.match(line) for line in lines) or _is_events(text)


def _is_events(text: str) -> bool:
    return any(line.startswith('{"') and '"Action":"' in line for line in text.split("\n", 50)[:50])


def told_in(text: str) -> tuple[list[Told], dict[str, int]]:
    """Each failure once, in the order of the output, and the counts of tests without those within tests."""
    if _is_events(text):
        text = _as_text(text)
    read = _Reading()
    for line in text.split("\n"):
        read.take(line)
    read.end("", "")
    return read.told, read.counts


def _as_text(text: str) -> str:
    """The lines that -json wraps, those of one package after the other."""
    outputs: defaultdict[str, list[str]] = defaultdict(list)
    plain = []
    for line in text.split("\n"):
        try:
            event = json.loads(line) if line.startswith("{") else None
        except json.JSONDecodeError:
            event = None
        if not isinstance(event, dict):
            plain.append(line + "\n")
        elif "Output" in event:
            outputs[str(event.get("Package") or event.get("ImportPath", ""))].append(str(event["Output"]))
    return "".join(plain) + "".join("".join(lines) for lines in outputs.values())


class _Reading:
    """The state between two lines: what the package at hand has printed so far."""

    def __init__(self) -> None:
        self.told: list[Told] = []
        self.counts = {"passed": 0, "failed": 0, "skipped": 0, "error": 0}
        self._builds: dict[str, list[str]] = {}
        self._build: list[str] | None = None
        self._pages: dict[str, list[str]] = {}
        self._failed: list[str] = []
        self._page: list[str] | None = None
        self._loose: list[str] = []
        self._running = ""

    def take(self, line: str) -> None:
        """Read the next line."""
        if head := _HEAD.match(line):
            self._build = self._builds.setdefault(head["test"] or head["package"], [])
        elif running := _RUNNING.match(line):
            self._build, self._running = None, running["name"]
            self._page = self._pages.setdefault(self._running, [])
        elif result := _RESULT.match(line):
            self._ended(result["what"], result["name"], len(result["indent"]))
        elif package := _PACKAGE.match(line):
            self.end(package["package"], package["what"], package["rest"] or "")
        elif self._build is not None and line.strip():
            self._build.append(line)
        elif line not in ("FAIL", "PASS", ""):
            self._keep(line)

    def _keep(self, line: str) -> None:
        if self._page is None or line.startswith(("panic: ", "fatal error: ", "goroutine ")):
            self._page = self._loose
        self._page.append(line)

    def _ended(self, what: str, name: str, indent: int) -> None:
        self._build = None
        self._page = self._pages.setdefault(name, [])
        if not indent:
            self.counts[{"PASS": "passed", "FAIL": "failed", "SKIP": "skipped"}[what]] += 1
        if what == "FAIL":
            self._failed.append(name)

    def end(self, package: str, what: str, rest: str = "") -> None:
        """A package has ended."""
        prefix = f"{package}." if package else ""
        loose = "\n".join(self._loose)
        # A test fails with those within it: what they say stands in theirs.
        tests = [
            one for one in self._failed if not any(other.startswith(f"{one}/") for other in self._failed)
        ]
        for name in dict.fromkeys(tests):
            own = "\n".join(self._pages.get(name, ()))
            told = f"{own}\n{loose}".strip("\n") if _STACKS.search(loose) else own
            self.told.append(Told(prefix + name, told))
        if what == "FAIL" and _BUILT.search(rest):
            self.counts["error"] += 1
            page = self._builds.get(package) or self._loose
            self.told.append(Told(package, "\n".join(page), "collection"))
        elif (what == "FAIL" or not package) and not tests and (loose or what == "FAIL"):
            self._crashed(package, loose)
        self._pages, self._failed, self._loose, self._page, self._running = {}, [], [], None, ""

    def _crashed(self, package: str, loose: str) -> None:
        """A package that failed though no test of it did: a panic, a time limit, or `TestMain`."""
        if not package and "panic" not in loose:
            return
        names = [found["name"] for line in loose.split("\n") if (found := _TIMED_OUT.match(line))]
        names = names or ([self._running] if self._running else [])
        pages: Sequence[str] = (*self._pages.get(self._running, ()), loose)
        self.counts["failed" if names else "error"] += 1
        test = ".".join(part for part in (package, names[0] if names else "") if part)
        self.told.append(Told(test, "\n".join(pages).strip("\n"), "" if names else "setup"))
