"""A change of an open document, in lines and code points. Light: the server imports it at its start."""

from __future__ import annotations

from typing import NamedTuple


class LineEdit(NamedTuple):
    """The text between two places replaced by `text`.

    Lines end at LF, CRLF and CR; columns count code points. A line past the last means the end of the text, a
    column past the end of a line means that end. Edits of one change are applied one after the other.
    """

    first_line: int
    first_column: int
    last_line: int
    last_column: int
    text: str


ALL = 1 << 31
"""A line past the end of every text: `LineEdit(0, 0, ALL, 0, text)` replaces all of it."""
