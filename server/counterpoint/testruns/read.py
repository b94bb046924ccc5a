"""What a test runner printed, read into a run: pytest, JUnit's XML, vitest, jest, `go test`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from counterpoint.context.traces import Raised, raised_in
from counterpoint.context.traces_places import Places
from counterpoint.testruns import go_text, junit, pytest_text, script_text
from counterpoint.testruns.values import Failure, Run, Told

_COLOUR = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_ERROR = re.compile(
    r"(?:AssertionError|(?:[\w$]+\.)*[A-Za-z_]\w*(?:Error|Exception|Exit|Interrupt|Warning|Failed|Group))\b"
)
_QUOTED = re.compile(r"E   +(\S.*)$")
_GO_SAID = re.compile(r"\s+(?P<file>[^\s/]+\.go):(?P<line>\d+): (?P<said>.*)$")
_GO_BUILD = re.compile(r"(?P<path>\S+\.go):(?P<line>\d+)(?::\d+)?: ")
_UNPARSED = re.compile(r"\s*SyntaxError: (?P<path>\S+\.\w+): .*\((?P<line>\d+):\d+\)$")
_MOST = 6000
"""Characters kept of what is said of one failure."""


def read_run(output: str, code: int | None, paths: Collection[str], root: str = "") -> Run:
    """A run by what it printed and its exit code, None if it was ended for want of time.

    `paths` are the files of the workspace, `root` the folder it was run in, as tracebacks write it. Failures
    come without a category: see `category.categorised`. Raises nothing: an output of another kind of runner
    gives a run without failures, which `Run.understood` tells from a good one.
    """
    text = _COLOUR.sub("", output).replace("\r\n", "\n").replace("\r", "\n")
    told, counts = _told(text)
    places = Places(paths, root)
    failures = tuple(_failure(one, places, paths) for one in told)
    broken = sum(1 for one in told if one.during)
    return Run(
        counts.get("passed", 0),
        counts.get("failed", len(told) - broken),
        counts.get("skipped", 0) + counts.get("pending", 0) + counts.get("todo", 0),
        counts.get("error", broken if "failed" not in counts else 0),
        failures,
        code,
    )


def _told(text: str) -> tuple[Sequence[Told], Mapping[str, int]]:
    """What each kind of output says; the kinds that say most of themselves first."""
    if (report := junit.report_in(text)) is not None:
        return list(junit.told_of(report)), junit.counts_of(report)
    if (listed := script_text.report_in(text)) is not None:
        return list(script_text.told_of(listed)), script_text.counts_of(listed)
    for known, read in _TEXTS:
        if known(text):
            return read(text)
    return [], {}


_TEXTS: tuple[
    tuple[Callable[[str], bool], Callable[[str], tuple[Sequence[Told], Mapping[str, int]]]], ...
] = (
    (pytest_text.is_pytest, lambda text: (list(pytest_text.told_in(text)), pytest_text.counts_in(text))),
    (script_text.is_script, lambda text: (list(script_text.told_in(text)), script_text.counts_in(text))),
    (go_text.is_go, go_text.told_in),
)


def _failure(told: Told, places: Places, paths: Collection[str]) -> Failure:
    found = raised_in(told.text)
    main = _main(found, places)
    path, line = _place(told, (main, *found) if main else found, places, paths)
    error, message = _said(told, main)
    frames = main.frames if main is not None else ()
    return Failure(
        _test(told.test, places),
        path,
        line,
        error,
        message[:_MOST],
        frames,
        during=told.during,
        text=_shortened(told.text),
    )


def _shortened(text: str) -> str:
    """A text, or the two ends of it: what is asked for stands at the end, what was done at the beginning."""
    return text if len(text) <= _MOST else f"{text[: _MOST // 3]}\n...\n{text[-_MOST * 2 // 3 :]}"


def _test(test: str, places: Places) -> str:
    """The id with the path of the workspace, where it begins with one written otherwise."""
    for mark in ("::", " > "):
        path, found, rest = test.partition(mark)
        if "/" in path and (known := places.of(path)):
            return known + found + rest
    return test


def _main(found: Sequence[Raised], places: Places) -> Raised | None:
    """The error that the test ended with; of a group the first of its members that was raised here."""
    last = next((one for one in reversed(found) if not one.relation), found[-1] if found else None)
    if last is not None and last.error.endswith("Group"):
        members = [one for one in found if one.relation == "member"]
        return next((one for one in members if _first(one, places)), members[0] if members else last)
    return last


def _first(one: Raised, places: Places) -> tuple[str, int] | None:
    return next(((each.path, each.frame.line + 1) for each in places.resolved(one.frames) if each.path), None)


def _place(told: Told, found: Iterable[Raised], places: Places, paths: Collection[str]) -> tuple[str, int]:
    """The innermost place in the workspace of the error, else of what led to it."""
    if (said := _last_said(told, paths) or _unparsed(told, places)) is not None:
        return said
    for one in found:
        if place := _first(one, places):
            return place
    for line in told.text.split("\n"):
        built = _GO_BUILD.match(line.strip())
        if built is not None and (known := places.of(built["path"])):
            return known, int(built["line"])
    return "", 0


def _unparsed(told: Told, places: Places) -> tuple[str, int] | None:
    """Where a file does not parse, as jest's own parser tells it: its frames are of the parser."""
    for line in told.text.split("\n"):
        found = _UNPARSED.match(line)
        if found is not None and (known := places.of(found["path"])):
            return known, int(found["line"])
    return None


def _last_said(told: Told, paths: Collection[str]) -> tuple[str, int] | None:
    """Where a test of Go told last what is wrong; it names the files of its package without their folder."""
    if "goroutine " in told.text:
        return None
    for line in reversed(told.text.split("\n")):
        if found := _GO_SAID.match(line):
            parts = re.split(r"\.(?=(?:Test|Fuzz|Example))", told.test)[0].split("/")
            tails = ["/".join((*parts[at:], found["file"])) for at in range(len(parts) + 1)]
            if known := next((tail for tail in tails if tail in paths), None):
                return known, int(found["line"])
    return None


def _said(told: Told, main: Raised | None) -> tuple[str, str]:
    """The kind of error and what it says, all of what pytest quotes included."""
    quoted = [found[1] for line in told.text.split("\n") if (found := _QUOTED.match(line))]
    error = main.error if main is not None else ""
    message = main.message if main is not None else ""
    if quoted:
        message = "\n".join(quoted) if not error or error.endswith("AssertionError") else message
    elif not message and (
        said := [found["said"] for line in told.text.split("\n") if (found := _GO_SAID.match(line))]
    ):
        message = "\n".join(said)
    if not message:
        message = told.said or told.text.strip()
    if not error and (named := _ERROR.match(told.said or message)):
        error = named[0]
    if not error and message.startswith("assert "):
        error = "AssertionError"
    return error, message.removeprefix(f"{error}: ")
