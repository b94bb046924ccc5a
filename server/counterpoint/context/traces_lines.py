"""One line of a trace: a frame, the head or the end of an error, or what leads from one to the next. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import NamedTuple


class Line(NamedTuple):
    """`what` is "frame", "names" (the function of the next frame), "opens", "heads", "tells", "defines",
    "quotes" (the code of the next frame) or "links". `at` is the 0-based line of a frame. `inner_last` is
    true in the order of Python.
    """

    what: str
    path: str = ""
    at: int = 0
    function: str = ""
    error: str = ""
    message: str = ""
    relation: str = ""
    inner_last: bool = False


_KIND = r"(?:[A-Za-z_$][\w$]*\.)*[A-Za-z_$][\w$]*"
_ERROR = r"(?:[\w$]+\.)*[\w$]*(?:Error|Exception|Interrupt|Exit|Failure|Timeout|Throwable|ExceptionGroup)"
_PLACE = r"(?P<path><frozen [\w.]+>|(?:[A-Za-z]:)?[^\s:()'\"]+\.\w{1,5}):(?P<line>\d+)"
_SCHEME = r"(?:file:///(?=[A-Za-z]:)|file://(?=/)|webpack(?:-internal)?://+(?:\./)?)?"
_BAR = r"\s*(?:[|+E]\s*)*"
"""What stands before the lines of an exception group, and before those that pytest quotes."""


def _error_of(text: str) -> tuple[str, str]:
    if not text:
        return "", ""
    found = re.match(rf"({_KIND})(?:: (.*))?$", text.strip())
    return (found[1], found[2] or "") if found else ("", text.strip())


def _python(found: re.Match[str]) -> Line:
    return Line("frame", found["path"], int(found["line"]) - 1, found["name"] or "", inner_last=True)


def _place(found: re.Match[str]) -> Line:
    return Line("frame", found["path"], int(found["line"]) - 1, _last_name(found["name"] or ""))


def _pytest(found: re.Match[str]) -> Line:
    """`a.py:3: in f`, `a.py:3:` amid a page, `a.py:3: KeyError` at its end, `a.py:3: Warning: said`."""
    error, message = _error_of(found["error"] or "")
    place = (found["path"], int(found["line"]) - 1, found["name"] or "")
    return Line("frame", *place, error, message, inner_last=True)


def _task(found: re.Match[str]) -> Line:
    return Line("frame", found["path"], int(found["line"]) - 1, _last_name(found["name"]), inner_last=True)


def _java(found: re.Match[str]) -> Line:
    """The folders of a Java file are those of its class's package."""
    kind, _, name = found["name"].rpartition(".")
    name = name.split("$")[1] if name.startswith("lambda$") else name
    folder = "/".join(kind.split("/")[-1].split(".")[:-1])
    path = f"{folder}/{found['file']}" if folder else found["file"]
    return Line("frame", path, int(found["line"]) - 1, name)


def _last_name(name: str) -> str:
    name = name.strip().removeprefix("async ").removeprefix("new ")
    name = re.sub(r"\[.*?\]|::h[0-9a-f]{16}$|\{\{closure\}\}|(?:\.(?:func|gowrap)?\d+)+$", "", name)
    return re.split(r"[.:/\s]+", name.strip("() .:"))[-1]


def _head(relation: str) -> Callable[[re.Match[str]], Line]:
    def made(found: re.Match[str]) -> Line:
        message = (found["message"] or "").strip()
        return Line("heads", error=found["error"], message=message, relation=relation)

    return made


def _panic(found: re.Match[str]) -> Line:
    return Line("heads", error="panic", message=found["message"].strip())


def _rust(found: re.Match[str]) -> Line:
    return Line("frame", found["path"], int(found["line"]) - 1, "", "panic", found["said"] or "")


def _go_test(found: re.Match[str]) -> Line:
    return Line("frame", found["path"], int(found["line"]) - 1, message=found["said"])


def _compiler(found: re.Match[str]) -> Line:
    return Line("frame", found["path"], int(found["line"]) - 1, "", found["error"] or "error", found["said"])


def _opening(relation: str) -> Line:
    return Line("opens", relation=relation, inner_last=True)


def _chain(relation: str) -> Line:
    return Line("links", relation=relation, inner_last=True)


def _names(found: re.Match[str]) -> Line:
    return Line("names", function=_last_name(found["name"]))


def _tells(found: re.Match[str]) -> Line:
    error, message = _error_of(found["text"])
    return Line("tells", error=error, message=message)


_TABLE: tuple[tuple[str, Callable[[re.Match[str]], Line]], ...] = (
    (_BAR + r"(?:Exception Group )?Traceback \(most recent call last\):", lambda _: _opening("")),
    (r"\s*[|+\s]*\+-[+-]*-+ (?:\d+|\.\.\.) -+$", lambda _: _opening("member")),
    (_BAR + "The above exception was the direct cause of", lambda _: _chain("cause")),
    (_BAR + "During handling of the above exception", lambda _: _chain("context")),
    (_BAR + r'[Ff]ile "?(?P<path>[^"]+?)"?, line (?P<line>\d+)(?:, in (?P<name>.+))?$', _python),
    (r".*\bcoro=<(?P<name>[\w.<>]+)\(\) .*?\bat (?P<path>[^:>]+):(?P<line>\d+)", _task),
    # Java before Node: both begin with `at`, the file of Java's is bare.
    (r"\s*at (?P<name>[\w$./<>@-]+)\((?P<file>[\w$]+\.(?:java|kt|scala|groovy)):(?P<line>\d+)\)", _java),
    (
        r"\s*(?:at|❯) (?:async )?(?:(?P<name>(?:new )?[^\s()❯][^()]*?) \(?)?"
        rf"{_SCHEME}{_PLACE}(?::\d+)?\)?[\s{{,]*$",
        _place,
    ),
    (rf"\s*(?:\[cause\]|Caused by|caused by): (?P<error>{_KIND})(?::(?P<message>.*))?$", _head("cause")),
    (rf"\s*Suppressed: (?P<error>{_KIND})(?::(?P<message>.*))?$", _head("suppressed")),
    (rf'Exception in thread "[^"]*" (?P<error>{_KIND})(?::(?P<message>.*))?$', _head("")),
    (r"\s*(?:panic|fatal error): (?P<message>.+)$", _panic),
    (r"WARNING: (?P<error>DATA RACE)(?P<message>)$", _head("")),
    (
        rf"thread '[^']*' (?:\(\d+\) )?panicked at (?:'(?P<said>[^']*)', )?{_PLACE}(?::\d+)?:?",
        _rust,
    ),
    (r"\s*\d+:\s+(?:0x[0-9a-f]+ - )?(?P<name>[\w<>:{}$ ]+)$", _names),
    (r"\s*(?:created by )?(?P<name>[\w./*()\-]+?)(?:\([^()]*\)| in goroutine \d+)$", _names),
    (r"\s*--- FAIL: (?P<name>\w+)", _names),
    (r"\s+(?P<path>\w+_test\.go):(?P<line>\d+): (?P<said>.*)", _go_test),
    (rf"\s+--> (?P<name>){_PLACE}(?::\d+)?$", _place),
    (r"(?P<path>[^\s:(]+\.\w{1,5})\((?P<line>\d+),\d+\): error (?P<error>\w+): (?P<said>.*)", _compiler),
    (rf"{_PLACE}(?::\d+)?(?:: | - )(?:fatal )?(?P<error>error)(?: \w+)?: (?P<said>.*)", _compiler),
    (r"\s*(?P<path>\S+\.go):(?P<line>\d+):\d+: (?P<error>)(?P<said>.*)", _compiler),
    (r"created by (?P<name>[\w./*()\-]+)$", _names),
    (rf"\s+(?:at )?(?P<name>){_PLACE}(?::\d+)?(?: \+0x[0-9a-f]+)?$", _place),
    (r"\s+(?:async )?def (?P<name>\w+)\(", lambda found: Line("defines", function=found["name"])),
    (r">  +(?P<text>\S.*)$", lambda found: Line("quotes", message=found["text"])),
    (r"E   +(?P<text>\S.*)$", _tells),
    (rf"\s+File: (?P<name>){_PLACE}(?::\d+)?$", _place),
    (rf"{_PLACE}:  def (?P<name>\w+)\(", _place),
    (rf"{_PLACE}: (?:in (?P<name>\S+)|(?P<error>{_KIND}(?:: .*)?|assert .*))?$", _pytest),
    (rf"{_BAR}(?P<error>{_ERROR})(?: \[\w+\])?(?:: (?P<message>.*))?$", _head("")),
    (r"(?P<error>(?:[A-Za-z_$][\w$]*\.)+[A-Za-z_$][\w$]*)(?:: (?P<message>.*))?$", _head("")),
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_PREFIX = re.compile(
    r"^(?:[\w.\-]+ +\| ?)?"
    r"(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,\d]*(?:Z|[+-]\d\d:?\d\d)?\]?(?: |$))?"
)
_CLOSING = re.compile(r"</[\w-]+>.*$")
_ESCAPED = re.compile(r"\\r?\\n|\\n")
_RULES = tuple((re.compile(pattern), made) for pattern, made in _TABLE)


def plain(line: str) -> tuple[str, ...]:
    """A line without colours, and without what a log puts in front: a time, a container's or a task's name.

    The closing tags of a report in XML go too. More than one where a whole trace is a string of JSON.
    """
    line = _PREFIX.sub("", _COLOUR.sub("", line), count=1)
    if line.startswith("{") and line.endswith("}"):
        try:
            return tuple(row for text in _strings(json.loads(line)) for row in text.split("\n"))
        except ValueError:  # cut off
            pass
    if "</" in line:  # a report in XML
        line = _CLOSING.sub("", unescape(line))
    if "\\n" not in line:
        return (line,)
    return tuple(_ESCAPED.split(line.replace('\\"', '"')))


def _strings(value: object, depth: int = 8) -> Iterator[str]:
    """The texts in a row of a log."""
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner, depth - 1)


def read_line(line: str) -> Line | None:
    """What a line says, or None if it says nothing of an error."""
    for pattern, made in _RULES:
        found = pattern.match(line)
        if found is not None:
            return made(found)
    return None
