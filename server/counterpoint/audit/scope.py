"""What documents define, what a change made of it, and the words that say where it is used."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from counterpoint.audit.values import Target
from counterpoint.context.signatures import Interface, Signature
from counterpoint.context.signatures_read import interface_of
from counterpoint.text import Document

Group = tuple[Signature, ...]
"""The signatures of one name, several where it is overloaded."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a definition. `home` is the path it stood in, `now` what it is, () if it is gone.

    `at` is the path it stands in now. `offered` is true if its old path still offers it though it stands
    elsewhere; `bases` are those of the type it belongs to.
    """

    home: str
    language: str
    was: Group
    now: Group = ()
    at: str = ""
    offered: bool = False
    bases: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its qualified name as it was."""
        return self.was[0].name

    @property
    def symbol(self) -> str:
        """The name that calls had."""
        return self.was[0].symbol

    @property
    def word(self) -> str:
        """The name that calls have now."""
        return self.now[0].symbol if self.now else self.symbol

    @property
    def moved(self) -> bool:
        """True if it stands in another file now."""
        return bool(self.now) and self.at != self.home

    @property
    def renamed(self) -> bool:
        """True if it has another name now."""
        return self.word != self.symbol

    @property
    def same(self) -> bool:
        """True if nothing that callers may rely on changed."""
        plainly = not self.moved and not self.renamed
        return plainly and [one.contract for one in self.was] == [one.contract for one in self.now]

    @property
    def untouched(self) -> bool:
        """True if its code is what it was as well."""
        return self.same and [one.body for one in self.was] == [one.body for one in self.now]


@dataclass(frozen=True, slots=True)
class Both:
    """The interfaces of the changed files, by path, before and after."""

    before: Mapping[str, Interface]
    after: Mapping[str, Interface]


def read(before: Mapping[str, Document], after: Mapping[str, Document]) -> Both:
    """Read the changed files."""
    return Both(
        {path: interface_of(document) for path, document in before.items()},
        {path: interface_of(document) for path, document in after.items()},
    )


def targets(document: Document) -> tuple[Target, ...]:
    """What a document defines that somebody may call, each name once."""
    found: dict[str, Target] = {}
    for one in interface_of(document).signatures:
        if one.kind != "record" or document.language == "python":
            found.setdefault(one.name, Target(document, one.name, one.symbol, one.line))
    return tuple(found.values())


def changed(before: Mapping[str, Document], after: Mapping[str, Document]) -> tuple[Target, ...]:
    """What changed and may be called, as it was: contract, code, name or place."""
    moves = {(one.home, one.name) for one in changes(read(before, after)) if not one.untouched}
    return tuple(
        one for document in before.values() for one in targets(document) if (document.path, one.name) in moves
    )


def groups(interface: Interface | None) -> dict[str, Group]:
    """The signatures of each name."""
    found: dict[str, Group] = {}
    for one in interface.signatures if interface is not None else ():
        found[one.name] = (*found.get(one.name, ()), one)
    return found


def changes(both: Both) -> tuple[Change, ...]:
    """What became of every definition of the changed files."""
    fresh = {path: _fresh(both, path) for path in both.after}
    found = []
    for path, interface in both.before.items():
        now = groups(both.after.get(path))
        gone = [group for name, group in groups(interface).items() if name not in now]
        renamed = _renamed(gone, fresh.get(path, {}))
        for name, group in groups(interface).items():
            here = now.get(name) or _still(name, both.after.get(path), now) or renamed.get(name)
            if here is not None:
                one = Change(path, interface.language, group, here, path)
            else:
                one = _gone(path, interface.language, group, both, fresh)
            found.append(replace(one, bases=_bases(interface, group[0])))
    return tuple(found)


def _still(name: str, interface: Interface | None, now: Mapping[str, Group]) -> Group:
    """What a name means that a file defines in another way: as another name of a function, or in a base."""
    if interface is None:
        return ()
    owner, _, symbol = name.rpartition(".")
    others = [one.value for one in interface.names if one.name == name and one.kind == "constant"]
    bases = [base for one in interface.signatures if owner and one.name == owner for base in one.bases]
    found = next((now[one] for one in (*others, *(f"{base}.{symbol}" for base in bases)) if one in now), ())
    return tuple(replace(one, name=name) for one in found)


def _bases(interface: Interface, one: Signature) -> tuple[str, ...]:
    """What the type of a method extends, as far as its head says."""
    makers = (each.bases for each in interface.signatures if each.name == one.owner)
    return one.bases or next(makers, ())


def _fresh(both: Both, path: str) -> dict[str, Group]:
    """Definitions that a file did not have."""
    had = groups(both.before.get(path))
    return {name: group for name, group in groups(both.after[path]).items() if name not in had}


def _renamed(gone: Collection[Group], fresh: Mapping[str, Group]) -> dict[str, Group]:
    """New definitions that are old ones under another name: with the same code, or the only one beside it."""
    found: dict[str, Group] = {}
    free = dict(fresh)
    for group in gone:
        rivals = [one for one in gone if one[0].owner == group[0].owner and one[0].kind == group[0].kind]
        near = {n: one for n, one in free.items() if _alike(group[0], one[0])}
        exact = [name for name, one in near.items() if one[0].body == group[0].body and group[0].body]
        alone = list(near) if len(near) == 1 and len(rivals) == 1 else []
        for name in (exact or alone)[:1]:
            found[group[0].name] = free.pop(name)
    return found


def _alike(one: Signature, other: Signature) -> bool:
    return one.owner == other.owner and one.kind == other.kind


def _gone(
    path: str, language: str, group: Group, both: Both, fresh: Mapping[str, Mapping[str, Group]]
) -> Change:
    """A definition that its file does not have any more: moved, or gone."""
    name = group[0].name
    for at, other in fresh.items():
        if at != path and name in other and both.after[at].language == language:
            offered = offers(both.after.get(path), name, stars=True)
            return Change(path, language, group, other[name], at, offered)
    return Change(path, language, group, offered=offers(both.after.get(path), name))


def offers(interface: Interface | None, name: str, *, stars: bool = False) -> bool:
    """True if a file offers a name that it imports; with `stars` also if it imports everything of a file."""
    if interface is None:
        return False
    script = interface.language.startswith(("javascript", "typescript"))
    first = name.partition(".")[0]
    return any(
        (one.alias == first or (one.name == "*" and stars))
        and (one.exported or (script and first in interface.listed))
        for one in interface.imports
    )
