"""Who depends on some changed lines: definitions that mention theirs, and those that mention these. Pure.

Best first, so that what is found when the limit is reached are the surest. Names are matched as words; what
a word can mean in a file is told by its imports, and where it stands after a dot by the class it may be of.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from counterpoint.context.facts import CALLABLES, TYPES, Definition
from counterpoint.context.impact_text import Use, Uses
from counterpoint.context.impact_units import MODULE
from counterpoint.context.kin import is_test
from counterpoint.context.languages import family_of
from counterpoint.context.symbols import Symbols

_LEAST = 0.004
_MOST = 2000
"""Definitions that are followed."""
_STEP = 0.85
_CROWD = 0.2
"""What many depend on is little of a sign for any of them: so fast a use loses weight with their number."""
_OWNER = 0.4
"""How much a method's change is one of its class: it may be called by what we cannot see."""
_IMPLICIT = 0.8
"""The same of a method that is called without being named."""
_COMMON = frozenset(
    {"add", "append", "clear", "close", "copy", "count", "decode", "encode", "extend", "find", "format"}
    | {"get", "index", "insert", "items", "join", "keys", "open", "pop", "read", "remove", "replace", "run"}
    | {"send", "set", "sort", "split", "start", "stop", "strip", "update", "values", "write"}
)
"""Methods that strings, lists, dicts, files and threads have too."""

_SHAPES: dict[str, re.Pattern[str]] = {
    name: re.compile(shape)
    for names, shape in (
        ("__enter__ __exit__ __aenter__ __aexit__", r"\bwith\b"),
        ("__iter__ __next__ __aiter__ __anext__", r"\bfor\b|\b(?:list|tuple|sorted|iter|next|dict|set)\("),
        ("__getitem__ __setitem__ __delitem__", r"[\w)\]]\["),
        ("__contains__", r"\bin\b"),
        ("__len__", r"\blen\("),
        ("__eq__ __ne__", r"[=!]="),
        ("__lt__ __le__ __gt__ __ge__", r"[<>]|\b(?:sorted|min|max)\(|\.sort\("),
        ("__str__ __format__", r"\b(?:str|print|format)\(|\bf[\"']|%s"),
        ("__repr__ __rich_repr__", r"\b(?:repr|print|str)\(|!r|%r"),
        ("__hash__", r"\{|\b(?:set|hash|dict)\("),
        ("__add__ __radd__ __iadd__ __or__ __and__ __sub__ __mul__", r"[-+|&*]"),
    )
    for name in names.split()
}
"""What calls a method of Python that has no call of its name."""

Node = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Reached:
    """How sure it is that a definition depends on the change, and through what."""

    weight: float
    why: str


class Reach:
    """One search."""

    def __init__(self, symbols: Symbols, ends: Collection[Node] = ()) -> None:
        """`ends` are definitions that nothing else depends on: the tests themselves."""
        self._symbols = symbols
        self._ends = frozenset(ends)
        self._families: dict[str, frozenset[str]] = {}
        self._uses = Uses(symbols)
        self.names: tuple[str, ...] = ()
        """Of the changed definitions, after the search."""
        self.said: frozenset[str] = frozenset()
        """The words of the changed definitions, after the search."""

    def from_lines(
        self, touched: Mapping[str, Sequence[tuple[int, int]]], stop: Callable[[], bool]
    ) -> Mapping[Node, Reached]:
        """What depends on changed lines, the changed definitions included; the surest once `stop` says so."""
        found: dict[Node, Reached] = {}
        queue: list[tuple[float, Node, str]] = []
        for node in self._changed(touched):
            heapq.heappush(queue, (-1.0, node, "is changed itself"))
        self.names = tuple(one.name for _, node, _ in queue if (one := self._definition(node)) is not None)
        self.said = frozenset(word for _, node, _ in queue for word in self.spoken(*node))
        followed = 0
        while queue and followed < _MOST and not stop():
            negative, node, why = heapq.heappop(queue)
            if node in found:
                continue
            found[node] = Reached(-negative, why)
            if node in self._ends:
                continue
            followed += 1
            users = list(self._users(node))
            shared = max(1, len(users)) ** -_CROWD
            for user, weight, said in users:
                new = -negative * weight * shared
                if new >= _LEAST and user not in found:
                    heapq.heappush(queue, (-new, user, said))
        return found

    def spoken(self, path: str, number: int) -> frozenset[str]:
        """The words of a definition, in lower case."""
        return self._uses.spoken(path, number)

    def _definition(self, node: Node) -> Definition | None:
        facts = self._symbols.facts(node[0])
        return facts.definitions[node[1]] if facts is not None and node[1] != MODULE else None

    def _changed(self, touched: Mapping[str, Sequence[tuple[int, int]]]) -> Iterator[Node]:
        for path, ranges in touched.items():
            facts = self._symbols.facts(path)
            if facts is None:
                continue
            for first, last in ranges or ((0, facts.lines),):
                seen = {self._uses.holder(path, line) for line in range(first, min(last, facts.lines) + 1)}
                for number in sorted(seen):
                    yield path, number

    def _users(self, node: Node) -> Iterator[tuple[Node, float, str]]:
        """What mentions a definition, how sure that is to mean it, and why."""
        one = self._definition(node)
        if one is None:
            return
        outer = self._around(node, one)
        if outer is not None:
            yield outer, _STEP, f"holds {one.name}"
            return
        if (shape := _SHAPES.get(one.name)) is not None:
            yield from self._by_shape(node, one, shape)
        elif one.owner:
            yield from self._of_owner(node[0], one)
        if not (one.name.startswith("__") and one.name.endswith("__")):
            yield from self._mentioning(node, one)

    def _around(self, node: Node, one: Definition) -> Node | None:
        """The function that a definition stands in."""
        facts = self._symbols.facts(node[0])
        assert facts is not None
        best: tuple[int, int] | None = None
        for number, other in enumerate(facts.definitions):
            size = other.last_line - other.first_line
            inside = other.first_line <= one.first_line and one.last_line <= other.last_line
            if other.kind in CALLABLES and number != node[1] and inside and one.kind != "field":
                best = min(best, (size, number)) if best else (size, number)
        return (node[0], best[1]) if best else None

    def _of_owner(self, path: str, one: Definition) -> Iterator[tuple[Node, float, str]]:
        """A member's change is also one of its class."""
        facts = self._symbols.facts(path)
        assert facts is not None
        name = one.owner.rpartition(".")[2]
        named = one.name.startswith("__") or one.kind == "constructor"
        for number, other in enumerate(facts.definitions):
            if other.kind in TYPES and other.name == name:
                yield (path, number), _IMPLICIT if named else _OWNER, f"uses {name}"

    def _by_shape(
        self, node: Node, one: Definition, shape: re.Pattern[str]
    ) -> Iterator[tuple[Node, float, str]]:
        """What mentions the class of a method that syntax calls: surely so where that syntax is, too."""
        family = family_of(self._symbols.facts(node[0]).language)  # type: ignore[union-attr]
        for kind in self._family(one.owner.rpartition(".")[2]):
            for use in self._uses.of(kind, family):
                shaped = self._uses.matches(use.path, use.holder, shape)
                yield (use.path, use.holder), _IMPLICIT * (_STEP if shaped else _OWNER), f"uses {kind}"

    def _mentioning(self, node: Node, one: Definition) -> Iterator[tuple[Node, float, str]]:
        path, number = node
        family = family_of(self._symbols.facts(path).language)  # type: ignore[union-attr]
        places = self._symbols.defined([one.name]).get(one.name, ())
        rivals = sum(1 for place in places if not is_test(place.path) or place.path == path)
        share = max(1, rivals) ** -0.5
        for use in self._uses.of(one.name, family):
            if use.path == path and use.holder == number:
                continue
            sure = self._sure(path, one, use, share)
            if sure > 0.0:
                yield from self._holders(use, sure * _STEP, f"uses {one.name}")

    def _holders(self, use: Use, weight: float, why: str) -> Iterator[tuple[Node, float, str]]:
        yield (use.path, use.holder), weight, why

    def _sure(self, path: str, one: Definition, use: Use, share: float) -> float:
        """How sure a mention means the definition, 0..1."""
        if one.owner:
            return self._sure_member(path, one, use, share)
        imported = self._uses.imported(use.path)
        if use.dotted:
            return 0.9 if use.receiver in imported else 0.3 * share
        if use.path == path or one.name in imported:
            return 1.0
        if path.rpartition("/")[2] == "conftest.py" and use.path.startswith(path.rpartition("/")[0]):
            return 1.0
        together = not path.endswith((".py", ".js", ".ts", ".tsx", ".jsx"))
        return 0.9 if together else 0.5 if "*" in imported else 0.0

    def _sure_member(self, path: str, one: Definition, use: Use, share: float) -> float:
        owner = one.owner.rpartition(".")[2]
        holder = self._definition((use.path, use.holder))
        if use.receiver in ("self", "cls", "this", "super"):
            own = holder is not None and holder.owner == one.owner and use.path == path
            return 1.0 if own else 0.7 * share
        if not use.dotted:
            return 0.25 * share
        if use.receiver == owner:
            return 1.0
        common = 0.3 if one.name in _COMMON else 1.0
        kinds = self._family(owner)
        if any(self._uses.says_within(use.path, use.holder, kind) for kind in kinds):
            return 0.95
        if any(self._uses.says(use.path, kind) for kind in kinds):
            return 0.8 * (share if common == 1.0 else common)
        return 0.6 * share * common

    def _family(self, owner: str) -> frozenset[str]:
        """A class and those that extend it, by name."""
        if owner not in self._families:
            found, new = {owner}, [owner]
            while new:
                name = new.pop()
                for kind in self._extending().get(name, ()):
                    if kind not in found:
                        found.add(kind)
                        new.append(kind)
            self._families[owner] = frozenset(found)
        return self._families[owner]

    def _extending(self) -> Mapping[str, Sequence[str]]:
        """The classes that name a class as a base, by its name."""
        notes, mark = self._symbols.notes, self._symbols.changes
        held: dict[str, list[str]] | None = notes.get("extending", "", mark)
        if held is None:
            held = {}
            for path in self._symbols.paths():
                outline = self._symbols.outline(path)
                for one in outline.extending if outline is not None else ():
                    for base in one.bases:
                        held.setdefault(base.rpartition(".")[2], []).append(one.name)
            notes.put("extending", "", mark, held)
        return held
