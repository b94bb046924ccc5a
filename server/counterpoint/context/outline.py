"""What selection asks of a file's facts again and again: worked out when it is first asked for, and kept
with the facts for as long as they are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from counterpoint.context.facts import CALLABLES, TYPES, Definition, Facts


class Outline:
    """A file's definitions and calls by what they are looked up by. Numbers are those of
    `facts.definitions`, but for functions, which have numbers of their own."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts

    @cached_property
    def members(self) -> Mapping[str, Sequence[int]]:
        """What each type owns, by the qualified name of the owner."""
        found: dict[str, list[int]] = {}
        for number, one in enumerate(self.facts.definitions):
            if one.owner:
                found.setdefault(one.owner, []).append(number)
        return found

    @cached_property
    def plain_members(self) -> Mapping[str, Sequence[tuple[int, Definition]]]:
        """`members` without the types among them, with their definitions."""
        definitions = self.facts.definitions
        found = {}
        for owner, numbers in self.members.items():
            owned = ((number, definitions[number]) for number in numbers)
            found[owner] = tuple([(number, one) for number, one in owned if one.kind not in TYPES])
        return found

    @cached_property
    def top(self) -> Sequence[tuple[int, Definition]]:
        """What stands at the top of the file, and every type."""
        definitions = enumerate(self.facts.definitions)
        return tuple((number, one) for number, one in definitions if not one.owner or one.kind in TYPES)

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words of more than three letters."""
        return frozenset([word for word in self.facts.words if len(word) > 3])

    @cached_property
    def names(self) -> frozenset[str]:
        """What it defines."""
        return frozenset([one.name for one in self.facts.definitions])

    @cached_property
    def functions(self) -> Sequence[Definition]:
        """What can be called, by line."""
        found = [one for one in self.facts.definitions if one.kind in CALLABLES]
        return tuple(sorted(found, key=lambda one: one.first_line))

    @cached_property
    def named(self) -> Mapping[str, Sequence[int]]:
        """The functions by their names."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for at, one in enumerate(self.functions):
            found[one.name].append(at)
        return dict(found)

    @cached_property
    def extending(self) -> Sequence[Definition]:
        """The types that extend others."""
        return tuple(one for one in self.facts.definitions if one.bases)

    @cached_property
    def callers(self) -> Mapping[str, Sequence[int]]:
        """The functions that call a name, each once; of functions within functions the innermost."""
        functions = self.functions
        starts = [one.first_line for one in functions]
        found: defaultdict[str, list[int]] = defaultdict(list)
        for call in self.facts.calls:
            at = bisect_right(starts, call.line) - 1
            while at >= 0 and functions[at].last_line < call.line:
                at -= 1
            if at >= 0 and at not in found[call.name]:
                found[call.name].append(at)
        return dict(found)

    @cached_property
    def _calls(self) -> tuple[Sequence[int], Sequence[str]]:
        calls = sorted((call.line, call.name) for call in self.facts.calls)
        return [line for line, _ in calls], [name for _, name in calls]

    def called_in(self, first: int, last: int) -> Iterable[str]:
        """The names called in lines `first` to `last`, each once."""
        lines, names = self._calls
        return dict.fromkeys(names[bisect_left(lines, first) : bisect_right(lines, last)])
