"""The members of a type: its own, those it inherits from other files, and those that stand elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from counterpoint.context.completing_scene import Scene
from counterpoint.context.facts import TYPES
from counterpoint.context.symbols import Place

_SCATTERED = frozenset({"go", "rust", "csharp"})
"""Languages in which a type's members may stand in other files of its folder."""
_DEPTH = 4


def qualified(place: Place) -> str:
    """A type's name with those it is nested in, as its members name their owner."""
    one = place.definition
    return f"{one.owner}.{one.name}" if one.owner else one.name


def own_members(scene: Scene, place: Place) -> Iterator[Place]:
    """The definitions that a type owns itself, but for types."""
    owner = qualified(place)
    for path in _files(scene, place.path):
        outline = scene.outline(path)
        if outline is not None:
            for number, one in outline.plain_members.get(owner, ()):
                yield Place(path, number, one)


def _files(scene: Scene, path: str) -> tuple[str, ...]:
    facts = scene.facts_of(path)
    if facts is None or facts.language not in _SCATTERED:
        return (path,)
    return (path, *(one for one in scene.symbols.folder(path.rpartition("/")[0]) if one != path))


def lineage(scene: Scene, place: Place) -> list[tuple[int, Place]]:
    """A type and those it extends, with their distance from it; each once."""
    found = [(0, place)]
    seen = {(place.path, place.number)}
    for depth, one in found:
        if depth >= _DEPTH:
            break
        for base in one.definition.bases:
            for above in bases_meant(scene, one, base):
                if (above.path, above.number) not in seen:
                    seen.add((above.path, above.number))
                    found.append((depth + 1, above))
    return found


def bases_meant(scene: Scene, place: Place, base: str) -> list[Place]:
    """The types that a name among a type's bases means: one of its own file, else the likeliest."""
    name = base.replace("::", ".").rpartition(".")[2]
    same = [
        one
        for one in scene.places(name)
        if one.path == place.path and one.definition.kind in TYPES and one.number != place.number
    ]
    return same[:1] or scene.types_meant(name)[:1]
