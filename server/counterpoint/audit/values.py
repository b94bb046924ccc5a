"""What an audit is given and what it says. Values only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from counterpoint.context.question import Question
from counterpoint.text import Document

State = Literal["intact", "updated", "broken", "unknown"]
"""What became of a place that relies on a definition. `intact`: it means what it meant. `updated`: the
change itself edited it, and it fits. `broken`: it fails or means something else. `unknown`: the syntax
cannot tell."""

Use = Literal["call", "reference", "import", "name", "string"]
"""How a place relies on it: a call; handed on or read; imported; a constant, member, type, field, route,
table or environment variable; named in a text."""


@dataclass(frozen=True, slots=True)
class Target:
    """A definition that somebody may call. `name` is qualified ("Cart.add"; a constructor has the name of its
    class), `symbol` what calls of it have; `line` is the 0-based line on which that stands in `document`."""

    document: Document
    name: str
    symbol: str
    line: int

    @property
    def question(self) -> Question:
        """What the index is asked to find its calls; they are its `sites`."""
        document = self.document
        return Question(
            "callers",
            document.path,
            document.language,
            document.text,
            line=self.line,
            symbol=self.symbol,
            version=document.version,
        )


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call that the index found before the change: `line` is 0-based in the text as it was.

    `home` and `symbol` say which definition it calls: the path and the qualified name of its `Target`.
    """

    path: str
    line: int
    home: str
    symbol: str
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Site:
    """A place that relies on something that changed, as it stands after the change. `line` is 0-based.

    A site that is not certain may mean another definition: its state is `unknown`, and `why` says what
    would become of it.
    """

    path: str
    line: int
    symbol: str
    certain: bool
    state: State
    why: str = ""
    use: Use = "call"

    @property
    def fits(self) -> bool:
        """True if nothing is to be done about it."""
        return self.state in ("intact", "updated")

    def row(self) -> dict[str, Any]:
        """As printed: lines are counted from 1."""
        row = {"path": self.path, "line": self.line + 1, "symbol": self.symbol, "certain": self.certain}
        return {**row, "state": self.state, "why": self.why}

    def unsure(self) -> Site:
        """The same site if it may mean another definition."""
        would = "" if self.fits else f"; if not: {self.why}"
        why = f"it may mean another {self.symbol.rpartition('.')[2]}{would}"
        return replace(self, certain=False, state="unknown", why=why)


@dataclass(frozen=True, slots=True)
class Audit:
    """`sites` are calls, references and imports of definitions that changed; `shared` the uses of names that
    changed and that several parts have in common. Both in the order of paths and lines.

    `notes` say why more may rely on them than is listed: texts that name them, decorators, exports.
    """

    sites: tuple[Site, ...] = ()
    shared: tuple[Site, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def callers(self) -> tuple[Site, ...]:
        """The sites that call or hand on."""
        return tuple(site for site in self.sites if site.use in ("call", "reference"))

    @property
    def all(self) -> tuple[Site, ...]:
        """Every place, shared names included."""
        return (*self.sites, *self.shared)

    @property
    def broken(self) -> tuple[Site, ...]:
        """Places to repair."""
        return tuple(site for site in self.all if site.state == "broken")

    @property
    def possible(self) -> tuple[Site, ...]:
        """Places of which nobody can tell from the syntax; texts that name a definition are in `notes`."""
        unknown = (site for site in self.all if site.state == "unknown")
        return tuple(site for site in unknown if site.certain or site.use != "string")

    @property
    def intact(self) -> tuple[Site, ...]:
        """Places that fit, those included that the change updated."""
        return tuple(site for site in self.all if site.fits)

    @property
    def certain(self) -> bool:
        """True if all callers may be said to be intact: nothing broken, nothing possible, no notes."""
        return not self.notes and all(site.fits for site in self.all)
