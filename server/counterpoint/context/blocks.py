"""What a review takes apart: the definitions of a file, each with a digest that formatting leaves alone.

Values only; `outlining` makes them from a tree.
"""

from __future__ import annotations

from dataclasses import dataclass


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
    """For "module": its pieces; `first_line` and `last_line` are then their hull."""


@dataclass(frozen=True, slots=True)
class Outline:
    """A file's blocks in order. `source` is "tree", or "words" where no grammar knows the language and the
    whole file is one block. `errors` counts what does not parse."""

    blocks: tuple[Block, ...]
    source: str = "tree"
    errors: int = 0
