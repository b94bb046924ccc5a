"""Whether a call reaches a definition, in languages where packages, imports and declarations tell.

Go, Rust, Java, C, C++, C#, Ruby, PHP and shell are judged by the same few rules over the facts of the index.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from counterpoint.context.evidence.declared_types import RECEIVERS, DeclaredTypes, base_name
from counterpoint.context.evidence.library import Library, Source, text_of
from counterpoint.context.evidence.target import Target
from counterpoint.context.evidence.values import Value, Verdict, certain, excluded, possible
from counterpoint.context.facts import CALLABLES, TYPES, Facts
from counterpoint.context.languages import GRAMMARS, family_of
from counterpoint.context.symbols import Place

if TYPE_CHECKING:
    from tree_sitter import Node

_SELF = frozenset({"self", "this", "$this", "Self", "static"})
_UP = frozenset({"super", "base", "parent"})
_FREE = frozenset({"go", "rust", "c", "shell"})
"""Families in which a bare name never calls a method."""


class DeclaredSites:
    """Judges calls in one family of languages."""

    def __init__(self, library: Library, family: str) -> None:
        self.library, self.family = library, family
        self.types = DeclaredTypes(library, family)
        self._places: dict[str, list[Place]] = {}

    def target(self, source: Source, line: int, name: str) -> Target | None:
        """The definition whose name stands at a 0-based line."""
        facts = self.library.symbols.facts(source.path)
        for one in facts.definitions if facts is not None else ():
            if one.name == name and one.name_line == line and one.kind in CALLABLES | TYPES:
                owner = base_name(one.owner.rpartition(".")[2]) if one.owner else ""
                if one.kind == "constructor" and owner:
                    return Target(owner, frozenset({(source.path, line)}))
                held = Value("class", source.path, name=owner) if owner else None
                return Target(name, frozenset({(source.path, line)}), held)
        return None

    def hints(self, source: Source, target: Target) -> list[str]:
        """None: every import has the name."""
        return []

    def renamed(self, source: Source, target: Target, name: str) -> set[str]:
        """Other names under which a file imports what is called `name`."""
        facts = self.library.symbols.facts(source.path)
        same = (one for one in facts.imports if one.name == name) if facts is not None else ()
        return {one.alias for one in same if one.alias not in ("", name)} if target.owner is None else set()

    def judge(self, source: Source, name: Node, target: Target) -> Verdict:
        """What evidence says of a call whose called name is `name`."""
        receiver = _receiver(name)
        if receiver is None:
            return self._bare(source, name, target)
        text = text_of(receiver)
        facts = self.library.symbols.facts(source.path)
        if facts is not None and receiver.type != "self" and text not in _SELF | _UP:
            found = self._qualified(source, facts, text, target)
            if found is not None:
                return found
        if target.owner is None and self.family in ("jvm", "csharp"):
            return possible("a method of a class without a name")
        if target.owner is None:
            return excluded("a function, called on an object")
        return self._typed(source, name, receiver, target)

    def _all(self, name: str) -> list[Place]:
        """Everything of the name that can be called, in this family."""
        if name not in self._places:
            found = self.library.symbols.defined([name]).get(name, ())
            self._places[name] = [
                one for one in found if one.definition.kind in CALLABLES and self._near(one.path)
            ]
        return self._places[name]

    def _near(self, path: str) -> bool:
        return family_of(self.library.language(path)) == self.family

    def _bare(self, source: Source, name: Node, target: Target) -> Verdict:
        path = next(iter(target.places))[0]
        if target.owner is not None:
            if self.family in _FREE:
                return excluded("a bare name cannot reach a method")
            return self._inside(source, name, target)
        if source.path == path:
            return certain("defined in this file")
        free = [one for one in self._all(target.name) if not one.definition.owner]
        if any(one.path == source.path for one in free):
            return excluded("another definition, in this file")
        facts = self.library.symbols.facts(source.path)
        if facts is not None and (told := self._imported(facts, text_of(name), target)) is not None:
            return told
        return self._packaged(source, path, free, target)

    def _packaged(self, source: Source, path: str, free: list[Place], target: Target) -> Verdict:
        here, there = source.path.rpartition("/")[0], path.rpartition("/")[0]
        row = GRAMMARS[source.parsed.language]
        if self.family == "go":
            return certain("the same package") if here == there else excluded("another package")
        if here == there and row.package_is_folder and self.family != "rust":
            return certain("the same package")
        shared = [one for one in free if not self._own_to_file(one)]
        if any(one.path.rpartition("/")[0] == here for one in shared if one.path != path):
            return excluded("another definition, nearer by")
        seen = {one.path for one in shared}
        if self.family in ("c", "shell") and len(seen) <= 1:
            return certain("the only definition of the name")
        return possible("a name that no import explains")

    def _own_to_file(self, place: Place) -> bool:
        """True for a C function that other files cannot call."""
        lines = self.library.symbols.lines(place.path) or ()
        head = lines[place.definition.first_line : place.definition.name_line + 1]
        return any(line.startswith("static ") for line in head)

    def _imported(self, facts: Facts, name: str, target: Target) -> Verdict | None:
        """What the file's imports say of a bare name."""
        for one in facts.imports:
            if one.alias == name or one.name == name:
                if self._leads(one.module, target):
                    return certain(f"imported from {one.module}")
                return excluded(f"imported from {one.module}") if self.family != "rust" else None
        return None

    def _leads(self, module: str, target: Target) -> bool:
        """True if a module or package as written ends with the target's file, folder or package."""
        path = next(iter(target.places))[0]
        facts = self.library.symbols.facts(path)
        parts = [part for part in re.split(r"[/.:\\]+", module) if part not in ("", "crate", "self", "super")]
        stem = path.rpartition(".")[0].split("/")
        if stem[-1] in ("mod", "lib", "main", "index"):
            stem = stem[:-1]
        package = re.split(r"[/.:\\]+", facts.package) if facts is not None and facts.package else []
        owned = [target.owner.name] if target.owner is not None else []
        for place in (stem, stem[:-1], package, [*package, *owned], [*stem, *owned]):
            if place and parts and parts[-len(place) :] == place[-len(parts) :]:
                return True
        return not parts

    def _qualified(self, source: Source, facts: Facts, text: str, target: Target) -> Verdict | None:
        """What a receiver says that is the name of a module, package or type."""
        last = re.split(r"::|\.|\\", text)[-1]
        if not re.fullmatch(r"\w+", last):
            return None
        if target.owner is not None and last == target.owner.name:
            return certain(f"the receiver is {last}")
        for one in facts.imports:
            if one.alias == last and (not one.name or self.family in ("go", "rust")):
                if self.types.types_named(last) and self.family != "go":
                    break
                whole = f"{one.module}/{one.name}" if one.name and one.name != "*" else one.module
                reaches = self._leads(whole, target) and target.owner is None
                return (
                    certain(f"imported from {one.module}")
                    if reaches
                    else excluded(f"imported from {one.module}")
                )
        if "::" in text or text[:1].isupper():
            if target.owner is None and self._leads(text, target):
                return certain(f"the receiver is {text}")
            if self.types.types_named(last):
                return self._of_type(last, target)
        return None

    def _is_interface(self, kind: str) -> bool:
        return any(one.kind in ("interface", "trait") for _, one in self.types.types_named(kind))

    def _inside(self, source: Source, name: Node, target: Target) -> Verdict:
        """A bare call in a language where it may be one of the own object's methods."""
        here = self.types.owner_at(source, int(name.start_point[0]))
        if not here:
            return excluded("a bare name outside of the type")
        return self._of_type(here, target)

    def _typed(self, source: Source, name: Node, receiver: Node, target: Target) -> Verdict:
        kind = self.types.of(source, receiver)
        if text_of(receiver) in _UP and target.owner is not None:
            higher = self.types.bases(kind) - {kind}
            return certain("by super") if target.owner.name in higher else excluded("super is another type")
        if kind:
            return self._of_type(kind, target)
        return possible("a receiver of unknown type")

    def _of_type(self, kind: str, target: Target) -> Verdict:
        owner = target.owner.name if target.owner is not None else ""
        if kind == owner:
            known = self.types.types_named(kind)
            if len({path for path, _ in known}) > 1:
                return possible(f"one of several types {kind}")
            return certain(f"the receiver is {kind}")
        if owner in self.types.bases(kind):
            own = any(base_name(one.definition.owner) == kind for one in self._all(target.name))
            if own and self._is_interface(owner):
                return possible(f"{kind} has its own, which {owner} declares")
            return excluded(f"{kind} has its own") if own else certain(f"inherited by {kind}")
        if kind in self.types.bases(owner):
            return possible(f"{kind} may be {owner}, which overrides it")
        known = self.types.types_named(kind)
        if self._is_interface(kind):
            return possible(f"{kind} is an interface")
        if self.family == "go" and self._is_interface(owner) and known:
            return possible(f"{kind} may satisfy {owner}")
        if len(kind) <= 1 and not known:
            return possible("a type parameter")
        return excluded(f"the receiver is {kind}")


def _receiver(name: Node) -> Node | None:
    """What stands before a called name, if anything does."""
    holder = name.parent
    while holder is not None and holder.type in ("generic_name", "template_method", "template_function"):
        holder = holder.parent
    for field in RECEIVERS if holder is not None else ():
        found = holder.child_by_field_name(field) if holder is not None else None
        if found is not None and found != name and found.end_byte <= name.start_byte:
            return found
    first = holder.children[0] if holder is not None and holder.children else None
    unnamed = first is not None and first.type in ("this", "base", "super", "self")
    return first if unnamed and first != name else None
