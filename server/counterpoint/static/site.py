"""What a rule written as code is given, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ast_grep_py import SgNode

from counterpoint.answers import Evidence
from counterpoint.text import Document, Edit


@dataclass(frozen=True)
class Site:
    """One document under check. `read` gives the first of some paths that is a readable file.

    `memo` keeps what the rules of this one check have worked out, so that they need not do it twice.
    """

    document: Document
    root: SgNode
    language: str
    read: Callable[[Sequence[str]], Document | None]
    memo: dict[Any, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """A hit. `names` fill `$name` in the rule's title and body; `replace` None means the rule's own fix.

    `sure` False: too often wrong to be shown, and only told to the model that reviews the code.
    """

    node: SgNode
    names: dict[str, str] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    replace: tuple[Edit, ...] | None = None
    sure: bool = True
