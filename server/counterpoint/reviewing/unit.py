"""One piece of a file that is reviewed: bought once, known by its syntax, whatever is asked again."""

from __future__ import annotations

from dataclasses import dataclass

from counterpoint.context.blocks import Block
from counterpoint.text import Document

WRITTEN = "written by "
"""How the reason begins for a block that is reviewed because of what a model wrote in it."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A block of a document with the reason it is reviewed: "named by you", "changed", "calls f, whose
    contract changed", "written by GPT-5.5". `hunks` are the changed lines in it, 0-based and inclusive.

    `relies` are contracts of its own file that it refers to, by name, `beyond` those of other files, by
    `path:name`, as far as they are known; `because` is the one for which it is reviewed. Where one of them is
    another than it was, what was known of the unit holds no longer.
    """

    document: Document
    block: Block
    why: str
    hunks: tuple[tuple[int, int], ...] = ()
    diff: str = ""
    relies: tuple[tuple[str, str], ...] = ()
    beyond: tuple[tuple[str, str], ...] = ()
    because: str = ""

    @property
    def path(self) -> str:
        return self.document.path
