"""What a program or a test runner printed when it failed, line by line into errors and their frames. Pure.

Python, pytest's pages, Node (async frames and causes too), vitest's and jest's pages, Go (panics with the
goroutines that started them, data races), Java and Kotlin, Rust. `clues` asks where an issue points to; here
the order within one error counts, and which error led to which.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from counterpoint.context.clues import Frame
from counterpoint.context.traces_lines import Line, plain, read_line

_MOST_LINES = 20_000
_LONGEST_LINE = 2_000
_LONGEST_ROW = 200_000
"""Of a log in JSON, whose rows have whole traces in them."""


@dataclass(frozen=True, slots=True)
class Raised:
    """One error. `frames` are innermost first, whatever the runtime's order.

    `relation` is what it is to the error the program ended with: "" that one itself, "cause", "context"
    (raised while another was handled), "suppressed" or "member" (of a group). `line` is the 0-based line of
    the text that tells the error, or its first frame where no line does.
    """

    error: str
    message: str
    frames: tuple[Frame, ...]
    relation: str
    line: int


@dataclass(slots=True)
class _Place:
    path: str
    line: int
    function: str
    text: str


@dataclass(slots=True)
class _Open:
    """An error as far as it is read. Its frames are in the order of the text."""

    relation: str = ""
    error: str = ""
    message: str = ""
    line: int = -1
    inner_last: bool = False
    sealed: bool = False
    frames: list[_Place] = field(default_factory=list)


def raised_in(text: str) -> tuple[Raised, ...]:
    """The errors of a text in its order: those with a frame, and those the text itself calls an error."""
    reading = _Reading()
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > _MOST_LINES:
        lines = lines[: _MOST_LINES // 2] + lines[-_MOST_LINES // 2 :]
    for number, line in enumerate(lines):
        for part in plain(line[:_LONGEST_ROW]):
            reading.take(number, part[:_LONGEST_LINE])
    return tuple(_closed(one) for one in reading.done() if one.frames or one.error)


def _closed(one: _Open) -> Raised:
    places = one.frames[::-1] if one.inner_last else one.frames
    told = enumerate(places)
    frames = tuple(Frame(one.path, one.line, one.function, depth, one.text) for depth, one in told)
    return Raised(one.error, one.message, frames, one.relation, max(0, one.line))


def _same(place: _Place, read: Line) -> bool:
    return (place.path, place.line) == (read.path.removeprefix("./"), read.at)


class _Reading:
    """The state between two lines."""

    def __init__(self) -> None:
        self._all: list[_Open] = [_Open()]
        self._named = self._defined = self._text = ""
        self._framed = False

    def done(self) -> Iterator[_Open]:
        yield from self._all

    def take(self, number: int, line: str) -> None:
        """Read the next line."""
        read = read_line(line)
        framed, self._framed = self._framed, read is not None and read.what == "frame"
        code = framed and self._last.inner_last and line[:4].lstrip(" |") == ""
        if code and (read is None or read.what == "names"):  # a call looks like a line of Go's
            self._last.frames[-1].text = self._last.frames[-1].text or line.lstrip(" |").rstrip()
        elif read is not None:
            getattr(self, f"_{read.what}")(number, read)
        elif self._last.error == "panic" and not self._last.message:  # Rust tells it on the line below
            self._last.message = line.strip()

    @property
    def _last(self) -> _Open:
        return self._all[-1]

    def _begin(self, relation: str = "") -> _Open:
        if self._last.frames or self._last.error:
            self._all.append(_Open(relation))
        elif relation:
            self._last.relation = relation
        self._named = self._defined = self._text = ""
        return self._last

    def _opens(self, number: int, read: Line) -> None:
        """A line after which the frames of another error follow."""
        one = self._begin(read.relation)
        one.inner_last = read.inner_last
        one.line = number

    def _links(self, number: int, read: Line) -> None:
        """Python and pytest tell the cause first: what was read so far led to what follows."""
        kind, self._last.relation = self._last.relation, read.relation
        one = self._begin("member" if kind == "member" else "")
        one.inner_last = read.inner_last

    def _heads(self, number: int, read: Line) -> None:
        """A line that names an error: in Python that of the frames just read, else of those that follow."""
        one = self._last
        if not (one.inner_last and one.frames and not one.sealed):
            one = self._begin(read.relation)
            one.inner_last = False
        elif one.error:
            return
        one.error, one.message, one.line = read.error, read.message, number
        one.sealed = one.inner_last

    def _tells(self, number: int, read: Line) -> None:
        """pytest's `E` lines: the first one names the error, its place follows in long tracebacks."""
        one = self._last
        if one.sealed:
            one = self._begin()
            one.inner_last = True
        if not one.error:
            one.error, one.message, one.line = read.error, read.message, number

    def _names(self, number: int, read: Line) -> None:
        self._named = read.function

    def _quotes(self, number: int, read: Line) -> None:
        self._text = read.message

    def _defines(self, number: int, read: Line) -> None:
        """pytest shows a function from its first line: that names the frame, not one defined within."""
        self._defined = self._defined or read.function

    def _frame(self, number: int, read: Line) -> None:
        one = self._last
        if one.sealed and (read.inner_last or read.error):
            one = self._begin()
        # Rust tells the place of a panic without its function, and again in the backtrace.
        if one.frames and (one.error, one.frames[0].function) == ("panic", "") and _same(one.frames[0], read):
            del one.frames[0]
        one.inner_last = one.inner_last or read.inner_last
        one.line = number if one.line < 0 else one.line
        function = read.function or (self._defined if read.inner_last else self._named)
        one.frames.append(_Place(read.path, read.at, function, self._text))
        self._named = self._defined = self._text = ""
        if read.error:
            if not one.error:
                one.error, one.message = read.error, read.message
            one.sealed = True
