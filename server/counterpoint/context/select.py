"""From a question to a selection: each task has its own module; this is the table of them."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from counterpoint.context.parsing import Parsed
from counterpoint.context.question import Question, Selection
from counterpoint.context.symbols import Symbols

Selector = Callable[[Question, Symbols, Parsed | None], Selection]

_SELECTORS = {
    "completion": ("completing", "for_completion"),
    "edit": ("completing", "for_completion"),
    "review": ("reviewing", "for_review"),
    "callers": ("callers", "for_callers"),
    "locate": ("locating", "for_locate"),
    "trace": ("tracing", "for_trace"),
}
"""Task to module of this package and function, imported when first asked for."""


def select(question: Question, symbols: Symbols, parsed: Parsed | None = None) -> Selection:
    """Choose snippets for a question. `parsed` is the whole tree of the buffer, if there is one.

    Raises KeyError for a task that selects nothing.
    """
    module, function = _SELECTORS[question.task]
    selector: Selector = getattr(import_module(f"counterpoint.context.{module}"), function)
    return selector(question, symbols, parsed)
