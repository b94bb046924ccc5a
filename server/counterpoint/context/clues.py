"""What a text says about places in code: frames of a traceback, paths, names, options, plain words. Pure.

The text is an issue, a question, a traceback or a log, of any length: only its first and last part are read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from counterpoint.context.ranking import STOP

_LONGEST = 60_000
"""Characters that are read, two thirds from the start: a log's last lines are the ones that tell."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A line of a stack trace. `line` is 0-based; `function` may be empty. `depth` is 0 for the innermost.
    `text` is the code that the trace itself quotes, in one line without its indentation; "" where none is."""

    path: str
    line: int
    function: str
    depth: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Clues:
    """`frames` innermost first; `traced` is true for a text that is a stack trace more than anything else.
    `paths` as written, `dotted` dotted names. `code` counts identifiers that
    are written as code; `prose` counts all words, in lower case. `options` are flags without their dashes.
    """

    frames: tuple[Frame, ...]
    traced: bool
    paths: tuple[str, ...]
    dotted: tuple[str, ...]
    code: Mapping[str, int]
    prose: Mapping[str, int]
    title: frozenset[str]
    options: tuple[str, ...]
    phrases: frozenset[tuple[str, str, str]]


_EXTENSION = (
    r"(?:py|pyi|pyx|js|jsx|mjs|cjs|ts|tsx|mts|cts|go|rs|java|kt|c|h|cc|cpp|cxx|hpp|hh|cs|rb|php|sh"
    r"|swift|lua|scala)"
)
_PATH = r"(?:[A-Za-z]:)?[\w./\\@+-]*?[\w+-]+\." + _EXTENSION

_LONG_LINE = re.compile(r"[^\n]{400}")
_TRACED = 0.15
"""A text is a trace if so many of its lines tell a frame; a frame takes two lines or more in many."""

_TRACES = (
    # Python: File "a/b.py", line 12, in f
    (re.compile(r'File "([^"\n]+)", line (\d+)(?:, in ([\w.<>]+))?'), True),
    # Node: at f (a/b.js:12:5), at a/b.js:12:5; Java: at com.x.Y.f(Y.java:12)
    (
        re.compile(
            r"^[ \t]*at (?:async )?(?:new )?(?:([\w.$<>\[\] /@~]+?)\s*\()?(?:file://)?("
            + _PATH
            + r"):(\d+)(?::\d+)?\)?",
            re.M,
        ),
        False,
    ),
    # Rust: thread 'main' panicked at src/main.rs:12:5, and "  at ./src/x.rs:12:5" above
    (re.compile(r"panicked at (?:'[^\n]*', )?(" + _PATH + r"):(\d+)(?::\d+)?()"), False),
    # Go: pkg.f(0x1)\n\t/x/y.go:12 +0x1d
    (
        re.compile(r"^(?:([\w./*()\-]+)\([^\n]*\)\n)?[ \t]+(" + _PATH + r"):(\d+)(?: \+0x[0-9a-f]+)?$", re.M),
        False,
    ),
    # pytest and compilers: a/b.py:12: Error
    (re.compile(r"^(?:E\s+|#\s*|>\s*)?(" + _PATH + r"):(\d+)(?::\d+)?()(?=[:,\s]|$)", re.M), None),
)
"""Patterns of a frame, and whether the innermost comes last (True), first (False), or either (None: last)."""

_PATHS = re.compile(r"(?<![\w/.])(?:[\w.@+-]+[/\\])*[\w+-]+\." + _EXTENSION + r"\b(?!\.\w|\()")
_DOTTED = re.compile(r"(?<![\w./])[A-Za-z_]\w*(?:(?:\.|::|#)[A-Za-z_]\w*)+")
_FENCED = re.compile(r"```.*?(?:```|\Z)|~~~.*?(?:~~~|\Z)", re.S)
_SPAN = re.compile(r"``([^`\n]+)``|`([^`\n]+)`")
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_CALLED = re.compile(r"([A-Za-z_$][\w$]*)(\(?)")
_HUMP = re.compile(r"[a-z0-9][A-Z]")
_OPTION = re.compile(r"(?<![\w-])--?([a-zA-Z][\w-]+)")
_URL = re.compile(r"https?://\S+")
_HTML_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_ESCAPED_END = re.compile(r"\\n(?=\s*(?:at |File \\?\"|\s\s))")
"""A line end inside a string of a log in JSON, before what looks like a line of a trace."""


_HEADING = re.compile(r"^\s*(?:#{1,6}\s*|\*\*|__)(\S[^\n]*?)[\s*_:#]*$")
_FORM = re.compile(
    r"describe|reproduc|expected|actual|environment|version|system info|steps|screenshot|additional|checklist"
    r"|what happened|command used|current behavio|bug description|issue description|operating system"
    r"|your project|output|configuration$|proposed|possible (?:fix|solution)|relevant log|prerequisite",
    re.I,
)
_FORM_BODY = re.compile(r"environment|version|system info|checklist|prerequisite|operating system", re.I)
_FORM_LINE = re.compile(
    r"^[ \t]*[-*][ \t]*\[[ xX]?\].*$"
    r"|^[ \t]*(?:[-*][ \t]*)?(?:[\w.][\w .]{0,30}?)?"
    r"\b(?:versions?|os|operating system|platform|browser|distribution)\b[\w .]{0,20}:.*$",
    re.I | re.M,
)


def _filled_in(text: str) -> str:
    """A text without the form it was written in: the headings of issue templates, and what they ask of the
    machine. Their words are in every report and say nothing of this one.
    """
    kept = []
    machine = False
    for line in text.split("\n"):
        heading = _HEADING.match(line)
        if heading is None:
            kept.append("" if machine else line)
            continue
        form = bool(_FORM.search(heading[1]))
        machine = bool(_FORM_BODY.search(heading[1]))
        kept.append("" if form else line)
    return _FORM_LINE.sub("", "\n".join(kept))


def clues_in(text: str) -> Clues:
    """Read a text."""
    text = _HTML_COMMENT.sub(" ", _shortened(text))
    frames = tuple(_frames(text))
    plain = _URL.sub(" ", _filled_in(text))
    fenced = "\n".join(_FENCED.findall(plain))
    outside = _FENCED.sub("\n", plain)
    code: Counter[str] = Counter()
    for spans in _SPAN.findall(outside):
        code.update({word: 3 for word in _WORD.findall(spans[0] or spans[1]) if word not in STOP})
    code.update({word: 2 * times for word, times in _like_code(outside).items()})
    for word in set(_WORD.findall(fenced)) - STOP:
        code[word] += 1
    title = next((line for line in outside.split("\n") if line.strip()), "")
    lines = sum(bool(line.strip()) for line in text.split("\n"))
    return Clues(
        frames,
        bool(frames) and len(frames) >= _TRACED * lines,
        tuple(dict.fromkeys(path.replace("\\", "/") for path in _PATHS.findall(plain))),
        tuple(dict.fromkeys(re.split(r"::|#|\.", name)[0] and name for name in _DOTTED.findall(plain))),
        code,
        Counter(word.lower() for word in _WORD.findall(plain) if word.lower() not in STOP and len(word) > 1),
        frozenset(word.lower() for word in _WORD.findall(title) if word.lower() not in STOP),
        tuple(dict.fromkeys(_OPTION.findall(plain))),
        frozenset(_phrases(plain)),
    )


def _like_code(text: str) -> Counter[str]:
    """Words of prose that are written as code: with an underscore, a hump or a bracket."""
    return Counter(
        word
        for word, bracket in _CALLED.findall(text)
        if (bracket or "_" in word or _HUMP.search(word)) and word not in STOP
    )


def _phrases(text: str) -> Iterator[tuple[str, str, str]]:
    """Each three words in a row, in lower case, that are not all of the commonest."""
    words = [word.lower() for word in re.findall(r"[A-Za-z]+", text)]
    for three in zip(words, words[1:], words[2:], strict=False):
        if sum(word in STOP or len(word) < 3 for word in three) < 2:
            yield three


def _shortened(text: str) -> str:
    """Bounded in its length and in that of its lines, so that no pattern takes long on any text."""
    if len(text) > _LONGEST:
        text = text[: _LONGEST * 2 // 3] + "\n" + text[-_LONGEST // 3 :]
    text = _ESCAPED_END.sub("\n", text.replace("\r\n", "\n"))
    return _LONG_LINE.sub(lambda match: match[0] + "\n", text)


def _frames(text: str) -> Iterator[Frame]:
    """Frames of all kinds, innermost first within each kind; a place is told once."""
    seen: set[tuple[str, int]] = set()
    for pattern, last_is_innermost in _TRACES:
        found = list(pattern.finditer(text))
        if last_is_innermost is not False:
            found.reverse()
        for depth, match in enumerate(found):
            path, line, function = _parts(match)
            place = (path.replace("\\", "/"), max(0, int(line) - 1))
            if place not in seen:
                seen.add(place)
                yield Frame(*place, function, depth)


def _parts(match: re.Match[str]) -> tuple[str, str, str]:
    """Path, line and function, whichever order the pattern has them in."""
    first, second, third = match.groups(default="")
    if second.isdigit():
        return first, second, third
    return second, third, re.split(r"[.:/\s]+", first.strip("() "))[-1]
