"""What selection is asked, and what it answers. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from counterpoint.context.snippet import Snippet


@dataclass(frozen=True, slots=True)
class RecentEdit:
    """Lines of a file that the user changed a moment ago, newest first in a list; 0-based, inclusive."""

    path: str
    first_line: int
    last_line: int
    seconds_ago: float = 0.0


@dataclass(frozen=True, slots=True)
class Question:
    """`text` is the buffer, unsaved changes included; `line` and `column` are 0-based code points.

    `task` is "completion", "review", "callers", "locate", "trace" or "edit". `hunks` are 0-based
    inclusive line ranges of the change under review in the new text. `query` is the text of a question, an
    issue, a traceback or a log. `symbol` is the definition asked about, whose name stands at `line`.
    `characters_per_token` is the model's own. `history` maps paths to weights of having changed together with
    `path` in git.
    """

    task: str
    path: str
    language: str
    text: str
    line: int = 0
    column: int = 0
    budget_tokens: int = 2000
    characters_per_token: float = 4.0
    symbol: str = ""
    hunks: tuple[tuple[int, int], ...] = ()
    diff: str = ""
    query: str = ""
    recent: tuple[RecentEdit, ...] = ()
    history: Mapping[str, float] = field(default_factory=dict)
    together: Mapping[str, int] = field(default_factory=dict)
    """In how many commits each file changed together with `path`; empty if nobody counted."""
    version: int | None = None
    """The editor's version of `text`, by which a service that has it knows it; None: not an open document."""


@dataclass(frozen=True, slots=True)
class Site:
    """A call site. `line` is 0-based; `certain` by receiver, import or hierarchy; `why` is the evidence."""

    path: str
    line: int
    certain: bool
    why: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Snippets, best first, within the budget. `left_out` are (path or name, reason) of what would have been
    of use and did not fit or may not be shown. `source` says what described the buffer: its whole tree, a
    slice round the cursor, or its words only.
    """

    snippets: tuple[Snippet, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    sites: tuple[Site, ...] = ()
    source: Literal["tree", "slice", "words"] = "words"
    batches: tuple[int, ...] = ()
    """How many snippets of code were added at a time, once packed: vendors' caches find a prompt by them."""
