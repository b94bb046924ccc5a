"""What reaches the terminal: styled lines where one is there, the same text plain where not."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any, TypeAlias

Line: TypeAlias = tuple[tuple[str, str], ...]
"""A line as pieces of (text, style), the style in rich's words; empty for none."""


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

    def step(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Say what is being done; `done` of `total` move the bar."""
        if self._bar is None:
            tell(text)
        else:
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
        yield Progress(bar, bar.add_task(clean(title), total=None))
