"""The frame that pages for a browser share: one file, no script, no request to anywhere. Pure.

Whatever comes from data is escaped here: callers hand over plain text, and as HTML only what another function
of this module or of `plots` has made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from string import Template


def page(title: str, note: str, cards: Iterable[str], sections: Iterable[str]) -> str:
    """A whole page as HTML, from what `card` and `section` made."""
    template = Template((files("counterpoint.cli") / "page.html").read_text("utf-8"))
    return template.substitute(
        title=escape(title), note=escape(note), cards="".join(cards), sections="\n".join(sections)
    )


def card(figure: str, words: str) -> str:
    """A figure that stands out, and what it is."""
    return f"<div class='card'><b>{escape(figure)}</b><span>{escape(words)}</span></div>"


def section(title: str, body: str) -> str:
    """A titled piece of the page; `body` is HTML."""
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def paragraph(text: str, *, dim: bool = False) -> str:
    """Words of their own."""
    return f"<p{' class=dim' if dim else ''}>{escape(text)}</p>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1, *, long: bool = False) -> str:
    """The first `words` columns hold words, `long` ones may be broken, the others figures. In a narrow window
    the table is scrolled, not the page."""

    def cells(tag: str, row: Sequence[str]) -> str:
        scope = " scope=col" if tag == "th" else ""
        return "".join(
            f"<{tag}{scope}{' class=n' if at >= words else ''}>{escape(cell)}</{tag}>"
            for at, cell in enumerate(row)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    rows_of = f"<thead><tr>{cells('th', head)}</tr></thead><tbody>{body}</tbody>"
    return f"<div class='wide' tabindex='0'><table{' class=long' if long else ''}>{rows_of}</table></div>"


def percent(share: float | None) -> str:
    """A share as a person reads it; a dash where it is not known."""
    return "-" if share is None else f"{share:.0%}"
