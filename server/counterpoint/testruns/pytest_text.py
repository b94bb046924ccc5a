"""What pytest prints, in every style of traceback, as what it says of each failure. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from counterpoint.testruns.values import During, Told

_BAR = re.compile(r"=+ (?P<title>[^=].*?) =+$")
_HEAD = re.compile(r"_{2,} (?P<name>[^_ ].*?|_.*?[^_ ]) _{2,}$")
_LISTED = re.compile(r"(?P<what>FAILED|ERROR|SUBFAILED\S*) (?P<rest>\S.*)$")
_VERBOSE = re.compile(
    r"(?:\[gw\d+\] \[ *\d+%\] )?(?P<what>FAILED|ERROR)? ?(?P<id>\S+\.py(?:::.+?)?)"
    r"(?: (?P<after>FAILED|ERROR))?(?: +\[ *\d+%\])?$"
)
_AT = re.compile(r"ERROR at (?P<when>setup|teardown) of (?P<name>.+)$")
_COLLECTING = re.compile(r"ERROR collecting (?P<name>.+)$")
_ONE_LINE = re.compile(r"(?P<path>\S+\.\w+):(?P<line>\d+): (?P<said>.+)$")
_COUNT = re.compile(
    r"(\d+) (passed|failed|skipped|errors?|deselected|xfailed|xpassed|warnings?|subtests passed|rerun)\b"
)
_COUNTS = re.compile(r"(?:=+ )?(?:\d+ [a-z ]+, )*\d+ [a-z]+(?: [a-z]+)? in [\d.:]+\s*(?:s|seconds)\b")
_CONFTEST = re.compile(r"ImportError while loading conftest '(?P<path>[^']+)'")
_USAGE = re.compile(r"ERROR: (?P<said>.+)$")


def is_pytest(text: str) -> bool:
    """True if it looks like what pytest prints."""
    lines = text.split("\n")
    return any(
        _COUNTS.match(line)
        or "test session starts" in line
        or _CONFTEST.match(line)
        or "short test summary" in line
        for line in lines
    )


def counts_in(text: str) -> dict[str, int]:
    """What the last line of counts says: passed, failed, skipped, errors."""
    found: dict[str, int] = {}
    for line in text.split("\n"):
        if _COUNTS.match(line):
            found = {
                what.rstrip("s") if what.startswith("error") else what: int(n)
                for n, what in _COUNT.findall(line)
            }
    return found


def told_in(text: str) -> Iterator[Told]:
    """Each failure once, in the order of the output."""
    sections, listed = _Pages(text.split("\n")).read()
    seen: set[tuple[str, During]] = set()
    waiting = [(_kind(what), test, said) for what, test, said in listed]
    for kind, name, during, page in sections:
        # With one line a failure there are no heads, but the list has the same order.
        own = next((one for one in waiting if one[0] == kind and _heads(name, one[1])), None)
        if own is not None:
            waiting.remove(own)
        _, test, said = own or ("", _guessed(name, during, page), "")
        if (test, during) not in seen:  # of a test with several parts that fail the first stands for all
            seen.add((test, during))
            yield Told(test, "\n".join(page).strip("\n"), during, said)
    for kind, test, said in waiting:
        late: During = "" if kind == "FAILED" else "setup" if "::" in test else "collection"
        yield Told(test, said, late, said)


def _kind(what: str) -> str:
    return "ERROR" if what == "ERROR" else "FAILED"


def _heads(name: str, test: str) -> bool:
    """True if a page under a name can be that of a test; of a part of it the name says which."""
    short = _short(test)
    return name in ("", short, f"[doctest] {short}") or name.startswith((f"{short} (", f"{short} ["))


def _short(test: str) -> str:
    """The name that heads a failure's page: `a.py::TestA::test_b[1]` is `TestA.test_b[1]`."""
    path, found, name = test.partition("::")
    if not found:
        return path
    plain, bracket, rest = name.partition("[")
    return plain.replace("::", ".") + bracket + rest


def _guessed(name: str, during: str, page: Sequence[str]) -> str:
    """The id of a failure that no list names: by the first place in its page that is of a test file."""
    if during == "collection":
        return name
    plain, bracket, rest = name.partition("[")
    last = plain.rpartition(".")[2]
    places = [found[1] for line in page if (found := re.match(r"(\S+\.py):\d+: ", line + " "))]
    places += [
        found[1]
        for line in page
        if (found := re.match(r'\s*File "([^"]+\.py)", line \d+, in (\w+)', line)) and found[2] == last
    ]
    path = next((one for one in places if "test" in one.rpartition("/")[2]), places[0] if places else "")
    return f"{path}::{plain.replace('.', '::')}{bracket}{rest}" if path else name


Section = tuple[str, str, During, list[str]]


class _Pages:
    """The parts of pytest's report: pages under their heads, and the list at the end."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        self._sections: list[Section] = []
        self._listed: list[tuple[str, str, str]] = []
        self._part = ""
        self._page: list[str] | None = None

    def read(self) -> tuple[list[Section], list[tuple[str, str, str]]]:
        """The pages of failures, and what is listed as (FAILED or ERROR, id, message)."""
        for line in self._lines:
            bar = _BAR.match(line)
            if bar is not None:
                self._begin(bar["title"])
            elif self._part in ("FAILURES", "ERRORS"):
                self._in_pages(line)
            elif self._part.startswith("short test summary"):
                self._in_list(line)
            elif found := _CONFTEST.match(line):
                self._open("ERROR", found["path"], "collection")
            elif self._page is not None:
                self._page.append(line)
        if not self._listed:
            self._verbose()
        return self._sections, self._listed

    def _begin(self, title: str) -> None:
        self._part, self._page = title, None

    def _open(self, kind: str, name: str, during: During) -> None:
        self._page = []
        self._sections.append((kind, name, during, self._page))

    def _in_pages(self, line: str) -> None:
        kind = "FAILED" if self._part == "FAILURES" else "ERROR"
        head = _HEAD.match(line)
        if head is not None:
            name = head["name"]
            if found := _AT.match(name):
                self._open("ERROR", found["name"], "setup" if found["when"] == "setup" else "teardown")
            elif found := _COLLECTING.match(name):
                self._open("ERROR", found["name"], "collection")
            else:
                self._open(kind, name, "")
        elif self._page is not None:
            self._page.append(line)
        elif found := _ONE_LINE.match(line):
            self._sections.append((kind, "", "", [line]))

    def _in_list(self, line: str) -> None:
        found = _LISTED.match(line)
        if found is not None:
            test, said = _split(found["rest"])
            self._listed.append((found["what"], test, said))

    def _verbose(self) -> None:
        """Without a list, the lines that -v prints as tests end."""
        for line in self._lines:
            found = _VERBOSE.match(line)
            if found is not None and (what := found["what"] or found["after"]):
                self._listed.append((what, found["id"], ""))


def _split(text: str) -> tuple[str, str]:
    """An id and the message after it; brackets of parameters may hold the dash between them."""
    at = text.find(" - ")
    while at >= 0 and text.count("[", 0, at) > text.count("]", 0, at):
        at = text.find(" - ", at + 1)
    return (text[:at], text[at + 3 :]) if at >= 0 else (text, "")
