"""From the text of a reply to what it says: every form is recognised by its own marks, top to bottom."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from counterpoint.changes import blocks, diffs, fences, patches, schema, tags
from counterpoint.changes.elided import continued
from counterpoint.changes.paths import (
    heading_path,
    looks_like_path,
    path_in_comment,
    path_in_info,
    path_in_line,
    told,
)
from counterpoint.changes.values import Fence, Move, Operation, Parsed, Refused, Remove

_THOUGHT = re.compile(
    r"\A\s*<(?P<tag>think|thinking|reasoning|analysis)>.*?</(?P=tag)>", re.DOTALL | re.IGNORECASE
)
_THINKS = re.compile(r"\A\s*<(?:think|thinking|reasoning)>", re.IGNORECASE)
_ESCAPED = re.compile(r"^&lt;{0,1}(?:&lt;){4,8} *(?:SEARCH|ORIGINAL)", re.MULTILINE)
_FULL = re.compile(
    r"\b(?:full|complete|entire|whole)\b(?:[ \t]+(?:updated|new|modified|corrected|fixed|revised|rewritten|"
    r"refactored|resulting|final|and|source|contents?|of|the))*[ \t]+(?:files?|code|scripts?|modules?|"
    r"programs?|contents?|source|documents?|version)\b|\((?:full|complete|entire|whole)(?: file)?\)",
    re.IGNORECASE,
)
_PIECE = re.compile(
    r"\b(?:function|method|class|snippet|section|block|part|piece|test case|component)s?\b", re.IGNORECASE
)
_HEADING = re.compile(r"^\s*(?:#{1,6}\s|\d+[.)]\s+(?:`|\*\*)|\*\*|[-*+]\s+(?:`|\*\*))")
_LONG = 300
"""A line of prose that is longer is no heading, and its end is not looked at."""
_WRAPPER = re.compile(
    r"^[ \t]*<(?P<end>/?)(?P<tag>files|edits|changes|edit|edit_file|replace_in_file|apply_diff)>[ \t]*$",
    re.IGNORECASE,
)
_DIFF = frozenset({"diff", "patch", "udiff"})
_TAGGED = frozenset({"", "xml", "html", "text", "txt", "edit", "tool_code"})


@dataclass
class _State:
    """Where the reading of one reply has come to."""

    lines: list[str]
    document: str
    known: Callable[[str], bool]
    at: int = 0
    path: str = ""
    """What the last heading, marked line or block named."""
    fresh: bool = False
    """Nothing but prose has come since."""
    prose: list[tuple[int, str]] = field(default_factory=list)
    wrappers: list[fences.Opening] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    """Tags round edits that have not closed yet."""
    operations: list[Operation] = field(default_factory=list)
    found: list[Fence] = field(default_factory=list)


def parse(raw: str, document: str, known: Callable[[str], bool]) -> Parsed:
    """What a reply says. `document` is the path of what the question was about, `known` tells of a path
    whether there is such a file: only then a sentence that names it is about it.
    """
    text = _plain(raw)
    if _THINKS.match(text):
        return Parsed(refused=(Refused("cut-off", "the answer ended while the model was thinking").dropped,))
    text = schema.wrapped(text) or text
    read = schema.parse(text)
    if read is not None:
        return read
    state = _State(text.split("\n"), document, known)
    try:
        while state.at < len(state.lines):
            _step(state)
        if state.wrappers or state.tags:
            raise Refused("cut-off", f"{f'<{state.tags[-1]}>' if state.tags else 'a fence'} does not close")
        if state.operations or state.found:
            _whether_continued(state)
    except Refused as error:
        return Parsed(refused=(error.dropped,))
    return Parsed(tuple(state.operations), tuple(state.found))


def _plain(raw: str) -> str:
    """With LF if all lines end in CRLF, without what the model thought, and not as HTML."""
    text = raw.removeprefix("\ufeff")
    if "\r\n" in text and text.count("\r\n") == text.count("\n"):
        text = text.replace("\r\n", "\n")
    while found := _THOUGHT.match(text):
        text = text[found.end() :]
    return html.unescape(text) if _ESCAPED.search(text) else text


def _whether_continued(state: _State) -> None:
    tail = [line for _, line in state.prose[-4:]]
    if any(continued(line) for line in tail):
        raise Refused("cut-off", "the answer says that it goes on")


def _step(state: _State) -> None:
    """Read what stands at one line."""
    line = state.lines[state.at]
    if state.wrappers and fences.closes(line, state.wrappers[-1]):
        state.wrappers.pop()
        state.at += 1
    elif blocks.opens(line):
        swap, state.at = blocks.read(state.lines, state.at, _meant(state))
        state.path, state.fresh, state.prose = swap.path, False, []
        state.operations.append(swap)
    elif blocks.stray(line):
        raise Refused("malformed", "the end of a block that never began")
    elif patches.opens(line):
        found, state.at = patches.read(state.lines, state.at, closed=bool(state.wrappers))
        state.operations += found
    elif diffs.opens(state.lines, state.at) or (diffs.opens_hunk(line) and state.path):
        read, state.at = diffs.read(state.lines, state.at, _meant(state), closed=False)
        state.operations += read
    elif tags.opens(state.lines, state.at):
        found, state.at = tags.read(state.lines, state.at, _meant(state))
        state.operations += found
    elif fences.opening(line) is not None:
        _fence(state)
    else:
        _prose(state, line)


def _prose(state: _State, line: str) -> None:
    state.at += 1
    if not line.strip():
        return
    state.prose.append((state.at, line[:_LONG]))
    if len(line) > _LONG:
        return
    if found := _WRAPPER.match(line):
        tag = found["tag"].lower()
        if not found["end"]:
            state.tags.append(tag)
        elif tag in state.tags:
            state.tags.remove(tag)
    gone, to = told(line)
    if gone and (looks_like_path(to) or not to) and looks_like_path(gone):
        state.operations.append(Move(gone, to, told=True) if to else Remove(gone, told=True))
        return
    path = tags.path_of(line) or heading_path(line, _next(state)) or path_in_comment(line)
    path = path or _described(line, state.known)
    if path:
        state.path, state.fresh = path, True


def _described(line: str, known: Callable[[str], bool]) -> str:
    """The file that a heading names among other words."""
    path = path_in_line(line) if _HEADING.match(line) and len(line) < 200 else ""
    return path if path and known(path) else ""


def _meant(state: _State) -> str:
    """The file that an edit without a path of its own is about: what a heading names, else what the sentence
    right above does, else what the last was about."""
    if not state.fresh and state.prose and state.prose[-1][0] > state.at - 6:
        path = path_in_line(state.prose[-1][1])
        if path and state.known(path):
            state.path, state.fresh = path, True
    return state.path or state.document


def _next(state: _State) -> str:
    """The next line that is not empty."""
    return next((line for line in state.lines[state.at : state.at + 4] if line.strip()), "")


def _fence(state: _State) -> None:
    opening = fences.opening(state.lines[state.at])
    assert opening is not None
    named = path_in_info(opening.info)
    inside = [line for line in state.lines[state.at + 1 : state.at + 8] if line.strip()][:3]
    if _wraps(state, opening, inside):
        state.wrappers.append(opening)
        state.at += 1
        if named:
            state.path, state.fresh = named, True
        return
    body, end = fences.content(state.lines, state.at)
    intro = state.prose[-1] if state.prose else (0, "")
    close = intro[0] > state.at - 4
    if opening.language in _DIFF or (body and _all_signed(body) and not named):
        _diff(state, body, named)
    else:
        _code(state, body, opening, named, intro[1] if close else "")
    state.at = end


def _wraps(state: _State, opening: fences.Opening, inside: list[str]) -> bool:
    """True if the fence is only round edits of another form."""
    if not inside:
        return False
    first = inside[0]
    second = inside[1] if len(inside) > 1 else ""
    marks: Callable[[str], bool] = lambda line: blocks.opens(line) or patches.opens(line)  # noqa: E731
    named = bool(path_in_comment(first)) or looks_like_path(first.strip().rstrip(":"))
    if marks(first) or (marks(second) and (named or opening.language in _DIFF)):
        return True
    if re.match(r"^(?:\$ )?(?:apply_patch\b|cat\b).*<<", first) and marks(second):
        return True
    at = state.lines.index(first, state.at)
    # A page of tags that has a path of its own above it is a file.
    tagged = opening.language in _TAGGED and not state.fresh
    return tagged and tags.opens(state.lines, at)


def _all_signed(body: list[str]) -> bool:
    """True for a diff in a fence that does not say so."""
    at = next((number for number, line in enumerate(body) if line.strip()), 0)
    return diffs.opens(body, at) or re.match(r"^@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@", body[at]) is not None


def _diff(state: _State, body: list[str], named: str) -> None:
    path = named or _meant(state)
    at = next((number for number, line in enumerate(body) if line.strip()), 0)
    while at < len(body) and not (diffs.opens(body, at) or diffs.opens_hunk(body[at])):
        at += 1
    if at == len(body):
        state.operations.append(diffs.bare_hunk(body, path))
        return
    while at < len(body):
        found, end = diffs.read(body, at, path, closed=True)
        state.operations += found
        rest = [line for line in body[end:] if line.strip()]
        if end == at or (rest and rest[0] != "-- "):
            raise Refused("malformed", f"a diff goes on with: {rest[0].strip()[:60] if rest else ''}")
        break
    state.fresh = False


def _code(state: _State, body: list[str], opening: fences.Opening, named: str, intro: str) -> None:
    text = "".join(f"{line}\n" for line in body)
    path, headed, soft = named, True, False
    if not path and state.fresh:
        path = state.path
    if not path and intro.rstrip().endswith(":"):
        path, soft = path_in_line(intro), True
    if not path:
        path, headed = state.path, False
    told = [line for _, line in state.prose[-3:]] if state.prose else []
    explicit = any(_FULL.search(line) and not _PIECE.search(line) for line in told)
    headed = headed and bool(path)
    state.found.append(Fence(path, text, opening.info, headed, explicit, intro, soft and headed))
    state.path, state.fresh, state.prose = state.path if soft else path, False, []
