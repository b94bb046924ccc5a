"""What reaches the terminal: styled lines where one is there, the same text plain where not."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import IO, Any, TypeAlias

Line: TypeAlias = tuple[tuple[str, str], ...]
"""A line as pieces of (text, style), the style in rich's words; empty for none."""
_BAR: ContextVar[Any] = ContextVar("bar", default=None)
"""The bar that moves while this job runs, so that whoever asks deep inside it can hold it still."""


PATIENCE = 5.0
"""Seconds of silence after which it is said that an answer is waited for."""


def clean(text: str) -> str:
    """Without control characters: code and answers of others must not drive the user's terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\t" else f"\\x{ord(c):02x}" for c in text)


def line(*pieces: str | tuple[str, str]) -> Line:
    """A line from plain and styled pieces."""
    return tuple((piece, "") if isinstance(piece, str) else piece for piece in pieces)


def plain(lines: Iterable[Line]) -> str:
    """The text of the lines, each ended."""
    return "".join("".join(clean(text) for text, _ in row).rstrip() + "\n" for row in lines)


def show(lines: Iterable[Line], *, err: bool = False) -> None:
    """Print the lines; rich is imported only for a terminal."""
    stream = sys.stderr if err else sys.stdout
    if not stream.isatty():
        stream.write(plain(lines))
        stream.flush()
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(file=stream, highlight=False, soft_wrap=True)
    for row in lines:
        console.print(Text.assemble(*((clean(text).expandtabs(4), style) for text, style in row)))


def tell(text: str, *, style: str = "dim") -> None:
    """A remark for the person, on stderr, so that stdout stays what was asked for."""
    show([line((text, style))], err=True)


def print_json(value: Any) -> None:
    """JSON on stdout, always UTF-8, whatever the terminal's encoding."""
    write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def write_text(text: str) -> None:
    """Text on stdout as UTF-8 bytes: for output that programs read."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def interactive(stream: IO[str] | None = None) -> bool:
    """True if a person can be asked: stdin and stderr are a terminal."""
    return (stream or sys.stdin).isatty() and sys.stderr.isatty()


class Progress:
    """Tells what is going on: a moving bar on a terminal, a line per step elsewhere."""

    def __init__(self, bar: Any = None, task: Any = None) -> None:
        self._bar = bar
        self._task = task

    def step(
        self, text: str, done: int | None = None, total: int | None = None, *, passing: bool = False
    ) -> None:
        """Say what is being done; `done` of `total` move the bar. What is `passing` is for a bar only."""
        if self._bar is None and not passing:
            tell(text)
        elif self._bar is not None:
            self._bar.update(self._task, description=clean(text), completed=done, total=total)


@contextmanager
def progress(title: str) -> Iterator[Progress]:
    """Show that something long is running, on stderr."""
    if not sys.stderr.isatty():
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(24),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        before = _BAR.set(bar)
        try:
            yield Progress(bar, bar.add_task(clean(title), total=None))
        finally:
            _BAR.reset(before)


@contextmanager
def waiting_told(whom: str) -> Iterator[None]:
    """Say once on stderr that `whom` is waited for, should it take long and no bar move. Needs a running
    loop."""
    if sys.stderr.isatty():
        yield
        return

    def said() -> None:
        with suppress(OSError):  # whoever read it has gone
            tell(f"Waiting for {whom} to answer. Ctrl-C ends it.")

    later = asyncio.get_running_loop().call_later(PATIENCE, said)
    try:
        yield
    finally:
        later.cancel()


@contextmanager
def still() -> Iterator[None]:
    """Nothing moves while somebody is asked: a bar would be drawn over the question and what they type."""
    bar = _BAR.get()
    if bar is None:
        yield
        return
    bar.stop()
    try:
        yield
    finally:
        bar.start()
