"""What a review takes apart: the definitions of a file, each with a digest that formatting leaves alone.

Values only; `outlining` makes them from a tree.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from counterpoint.text import split_lines


@dataclass(frozen=True, slots=True)
class Block:
    """A definition, or what of a file lies outside of all of them (`name` "", `kind` "module").

    Blocks do not overlap: a class that is taken apart consists of a block for its head, fields included, and
    one for each method. Lines are 0-based and inclusive, with decorators and the comments right above.
    `digest` is a hash of the syntax: neither white space, comments, quote style nor trailing commas count.
    `contract` is one of what callers rely on (name, parameters, order, defaults, annotations, async,
    generator, returned shape); "" where there is none. `calls` are the names it calls or refers to.
    """

    name: str
    kind: str
    first_line: int
    last_line: int
    digest: str
    contract: str = ""
    calls: tuple[str, ...] = ()
    rest: tuple[tuple[int, int], ...] = ()
    """Its pieces where it has several: of "module", and of a class that is taken apart. `first_line` and
    `last_line` are then their hull."""
    name_line: int = -1
    """The line its name stands on; -1 for what has no name."""

    @property
    def pieces(self) -> tuple[tuple[int, int], ...]:
        """Its lines, as inclusive ranges that no other block shares."""
        return self.rest or ((self.first_line, self.last_line),)

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return sum(last - first + 1 for first, last in self.pieces)

    def meets(self, first: int, last: int) -> bool:
        """True if it has one of these lines."""
        return any(start <= last and first <= end for start, end in self.pieces)


@dataclass(frozen=True, slots=True)
class Outline:
    """A file's blocks in order. `source` is "tree", or "words" where no grammar knows the language and the
    whole file is one block. `errors` counts what does not parse."""

    blocks: tuple[Block, ...]
    source: str = "tree"
    errors: int = 0


def whole(text: str) -> Outline:
    """A text as one block: where no grammar knows its language, or nobody took it apart in time.

    White space at the ends of lines and empty lines do not count, indentation does.
    """
    lines = split_lines(text)
    kept = [line.rstrip() for line in lines]
    if not any(kept):
        return Outline((), "words")
    digest = sha256("\n".join(filter(None, kept)).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    return Outline((Block("", "module", 0, len(lines) - 1, digest),), "words")
