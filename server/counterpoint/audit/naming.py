"""What became of names that others use without calling them: constants, members, fields, types, texts, and
names that mean something outside of the language. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from counterpoint.audit.scope import Both, offers
from counterpoint.context.signatures import Interface, Name
from counterpoint.context.signatures_nodes import quoted

OUTSIDE = frozenset({"environment", "route", "table"})
"""Kinds that mean something outside of the language."""
HOLE = re.compile(r"\$?\{[^}]*\}|<[^>]*>|:\w+|\*+")
"""The part of a route that stands for anything."""
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Naming:
    """What became of a name of the file `home`. `was` is None for one that came in the stead of another.

    `now` is None for one that is gone; `at` is the path it stands in now, `renamed` what it is called now.
    `gained` is true for a member of a type that has more members now; `values` are the texts that the members
    of its type stand for now.
    """

    home: str
    language: str
    was: Name | None
    now: Name | None
    at: str = ""
    renamed: str = ""
    gained: bool = False
    offered: bool = False
    values: frozenset[str] = frozenset()

    @property
    def name(self) -> Name:
        """The name it is about."""
        found = self.was or self.now
        assert found is not None
        return found

    @property
    def gone(self) -> bool:
        """True if its file has it no more."""
        return self.now is None or self.at != self.home

    @property
    def word(self) -> str:
        """The word that says where it is used."""
        plain = HOLE.sub(" ", self.name.symbol) if self.name.kind == "route" else self.name.symbol
        return word_of(plain)

    @property
    def old_text(self) -> str:
        """The text it stood for, where that is another now; else ""."""
        value = self.was.value if self.was is not None and self.was.kind == "member" else ""
        if not value or value[:1] not in "\"'`" or (self.now is not None and self.now.value == value):
            return ""
        return "" if quoted(value) in self.values else quoted(value)


def word_of(text: str) -> str:
    """The longest word of a text."""
    return max(_WORD.findall(text), key=len, default="")


def namings(both: Both) -> tuple[Naming, ...]:
    """What became of every name of the changed files that is not what it was, and of those beside it."""
    return tuple(one for path in both.before for one in _of_file(path, both))


def _of_file(path: str, both: Both) -> Iterator[Naming]:
    before, after = both.before[path], both.after.get(path)
    had, has = _keyed(before), _keyed(after)
    gone = [name for key, name in had.items() if key not in has]
    fresh = [name for key, name in has.items() if key not in had]
    renames = _renames(gone, fresh)
    touched = _touched(had, has)
    for key, name in had.items():
        now = has.get(key)
        values = frozenset(quoted(one.value) for one in has.values() if one.owner == name.owner)
        if now is not None:
            beside = bool(name.owner) and name.kind == "member" and name.owner in touched
            if name.value != now.value or name.rest != now.rest or name.exported != now.exported or beside:
                gained = any(one.owner == name.owner and one.kind == "member" for one in fresh)
                yield Naming(path, before.language, name, now, path, gained=gained, values=values)
            elif name.kind == "text" and name.rest in touched:
                yield Naming(path, before.language, name, now, path)
        else:
            moved = _moved(name, path, both)
            offered = offers(after, name.name)
            renamed = renames.get(key, "")
            at, found = moved if moved is not None else ("", None)
            yield Naming(path, before.language, name, found, at, renamed, offered=offered, values=values)
    for name in fresh:
        if name.name in renames.values():
            yield Naming(path, before.language, None, name, path)


def _keyed(interface: Interface | None) -> Mapping[tuple[str, str], Name]:
    found: dict[tuple[str, str], Name] = {}
    for one in interface.names if interface is not None else ():
        found.setdefault((one.kind, one.name), one)
    return found


def _touched(had: Mapping[tuple[str, str], Name], has: Mapping[tuple[str, str], Name]) -> frozenset[str]:
    """Types whose members are not what they were."""
    before, after = (
        {
            (one.kind, one.name, one.value, one.rest)
            for one in names.values()
            if one.kind in ("member", "text")
        }
        for names in (had, has)
    )
    return frozenset(_type_of(kind, name, rest) for kind, name, _, rest in before ^ after)


def _type_of(kind: str, name: str, rest: str) -> str:
    return rest if kind == "text" else name.rpartition(".")[0]


def _renames(gone: Iterable[Name], fresh: Iterable[Name]) -> dict[tuple[str, str], str]:
    """New names that stand for what old ones stood for, or are the only new one where one went."""
    found: dict[tuple[str, str], str] = {}
    lost, free = list(gone), list(fresh)
    for one in lost:
        near = [other for other in free if other.kind == one.kind and other.owner == one.owner]
        if one.kind == "text":
            near = [other for other in near if other.rest == one.rest]
        same = [other for other in near if other.value == one.value and one.value]
        rivals = [other for other in lost if other.kind == one.kind and other.owner == one.owner]
        chosen = same or (near if len(near) == 1 and len(rivals) == 1 else [])
        if chosen:
            found[one.kind, one.name] = chosen[0].name
            free.remove(chosen[0])
    return found


def _moved(name: Name, path: str, both: Both) -> tuple[str, Name] | None:
    if name.kind in OUTSIDE or name.kind == "text":
        return None
    for at, interface in both.after.items():
        if at != path and interface.language == both.before[path].language:
            had = _keyed(both.before.get(at))
            found = _keyed(interface).get((name.kind, name.name))
            if found is not None and (name.kind, name.name) not in had:
                return at, found
    return None
