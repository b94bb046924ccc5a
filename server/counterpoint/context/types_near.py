"""Which types are in play at the cursor, from what evidence, and how sure that is.

No type is inferred: a variable's type is what stands on the line that binds it, a call's is what the
called function says it returns, and `self` is the type round the cursor.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass

from counterpoint.context.completing_buffer import WORD
from counterpoint.context.completing_scene import Scene
from counterpoint.context.facts import Definition
from counterpoint.context.members import lineage, own_members, qualified
from counterpoint.context.symbols import Place

_OWN, _SIGNATURE, _BINDING, _NEAR, _RESULT = 1.0, 0.9, 0.9, 0.8, 0.75
"""How sure a piece of evidence makes that a member of the type comes next, before distance."""
_FADE = 0.85
"""What each ring of distance, and each step up in the hierarchy, leaves of that."""
_CLOSE = 4
"""Variables and calls within so many rings (15 lines) have their types looked for."""
_ALIAS, _ALIASES, _ALIAS_LINES = 0.5, 6, 8
"""An alias of at least this weight is unfolded, so many at most and so many lines of each."""
_BACK = 80
"""So many lines back a variable's binding is looked for."""
_MOST = 28
_ASSIGNED = re.compile(r"\s*(?::=|=(?!=)|:(?!:)|\?:)")
_TYPED = re.compile(r"\s+[*&\[\].]*([A-Za-z_][\w.]*)")
_WIDEST = 200
"""Characters of a line that are looked at."""
_DECLARED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(?:<[^;=]*>)?[\]\s*&\[]+$")


@dataclass(slots=True)
class Active:
    """A type in play. `how` completes "member of T, "."""

    place: Place
    weight: float
    how: str


class Activity:
    """The types in play, the strongest evidence for each."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.types: dict[tuple[str, int], Active] = {}
        self.unfolded: set[tuple[str, int]] = set()
        self.owners: set[tuple[str, str]] = set()

    def add(self, place: Place, weight: float, how: str) -> None:
        """Take a type and its lineage into play."""
        for depth, one in lineage(self.scene, place):
            sure = weight * _FADE**depth
            known = self.types.get((one.path, one.number))
            if known is None:
                self.owners.add((one.path, qualified(one)))
                known = self.types[(one.path, one.number)] = Active(one, 0.0, "")
            if sure > known.weight:
                known.weight = sure
                known.how = f"which {how} extends" if depth else how

    def name(self, name: str, weight: float, how: str) -> None:
        """Take in the types that a name means, and those that an alias stands for."""
        places = self.scene.types_meant(name)
        for place in places:
            sure = weight / len(places) ** 0.5
            self.add(place, sure, how)
            if place.definition.kind == "type" and sure >= _ALIAS:
                self._unfold(place, sure * _FADE**2, f"which {how} stands for")

    def _unfold(self, alias: Place, weight: float, how: str) -> None:
        """The types named in an alias. Each alias is unfolded once, and no alias within it."""
        key = (alias.path, alias.number)
        lines = self.scene.lines_of(alias.path) if key not in self.unfolded else None
        if lines is None or len(self.unfolded) >= _ALIASES:
            return
        self.unfolded.add(key)
        one = alias.definition
        text = "\n".join(lines[one.first_line : min(one.last_line, one.first_line + _ALIAS_LINES) + 1])
        names = [word for word in dict.fromkeys(WORD.findall(text)) if word != one.name]
        for name in self.scene.look_up(names):
            for place in self.scene.types_meant(name)[:1]:
                self.add(place, weight, how)

    def strongest(self) -> list[Active]:
        """At most so many, strongest first."""
        return sorted(self.types.values(), key=lambda one: (-one.weight, one.place.path))[:_MOST]


def active_types(scene: Scene) -> list[Active]:
    """The types in play at the cursor, strongest first."""
    activity = Activity(scene)
    _look_ahead(scene)
    _own(scene, activity)
    _named(scene, activity)
    _bound(scene, activity)
    _results(scene, activity)
    return activity.strongest()


def _look_ahead(scene: Scene) -> None:
    """Look up in one go what the types, bases and results of the names in the buffer will ask for."""
    buffer = scene.buffer
    wanted: set[str] = set(buffer.type.bases) if buffer.type else set()
    for word, places in scene.look_up(buffer.counts).items():
        close = buffer.ring(word) < _CLOSE
        for place in places[:6]:
            for base in place.definition.bases:
                wanted.add(base.replace("::", ".").rpartition(".")[2])
            if close and place.definition.type:
                wanted.update(WORD.findall(place.definition.type))
    scene.find(wanted)


def _own(scene: Scene, activity: Activity) -> None:
    buffer = scene.buffer
    name = buffer.type.name if buffer.type else ""
    if buffer.function and buffer.function.owner:
        name = buffer.function.owner.rpartition(".")[2]
    if name:
        activity.name(name, _OWN, "the type round the cursor")
    if buffer.function:
        last = buffer.function.signature_line
        for line in buffer.lines[buffer.function.first_line : last + 1]:
            for word in WORD.findall(line):
                if word in buffer.counts:
                    activity.name(word, _SIGNATURE, "a type in the signature")


def _named(scene: Scene, activity: Activity) -> None:
    buffer = scene.buffer
    words = scene.look_up(buffer.counts)
    scene.lexicon.learn(words, scene.symbols)
    for word in words:
        if word not in scene.own and scene.common(word).type:
            activity.name(word, _NEAR * _FADE ** buffer.ring(word), "a type named near the cursor")


def _bound(scene: Scene, activity: Activity) -> None:
    """Variables near the cursor, by the lines that bind them."""
    buffer = scene.buffer
    rings = buffer.rings
    wanted = [word for word in (*buffer.before, *buffer.after) if rings[word] < _CLOSE]
    variables = {word: rings[word] for word in wanted if len(word) > 1 or rings[word] < 2}
    first = max(
        0, (buffer.type or buffer.function or _NOWHERE).first_line if buffer.type or buffer.function else 0
    )
    name_first = scene.question.language == "go"
    for number in range(buffer.line, max(first, buffer.line - _BACK) - 1, -1):
        line = buffer.lines[number]
        if "=" not in line and ":" not in line and "(" not in line and ";" not in line:
            continue
        for word, left, right in bindings(line, name_first, variables):
            sure = _BINDING * _FADE ** variables[word]
            for other in WORD.findall(right)[:8] if right else (left,):
                if other not in buffer.counts:
                    continue
                activity.name(other, sure, f"the type of {word}")
                _result(scene, activity, other, sure, f"the type of {word}")


_NOWHERE = Definition("", "", 0, 0, 0, 0)


def bindings(
    line: str, name_first: bool = False, wanted: Container[str] | None = None
) -> Iterator[tuple[str, str, str]]:
    """(name, type before it, text after its `=` or `:`) of what a line binds or declares.

    `name_first` is for Go, which says `name Type` where others say `Type name`. All names count, or those
    that are wanted.
    """
    line = line[:_WIDEST]
    for found in WORD.finditer(line):
        if wanted is not None and found[0] not in wanted:
            continue
        after = _ASSIGNED.match(line, found.end())
        if after:
            stop = line.find(",", after.end()) if after[0].strip() in (":", "?:") else -1
            yield found[0], "", line[after.end() : stop if stop > 0 else len(line)]
        elif name_first:
            typed = _TYPED.match(line, found.end())
            if typed:
                yield found[0], "", typed[1]
        else:
            before = _DECLARED.search(line, 0, found.start())
            if before:
                yield found[0], before[1], ""


def _results(scene: Scene, activity: Activity) -> None:
    """Types of what is called or read near the cursor."""
    buffer, rings = scene.buffer, scene.buffer.rings
    for word in (*buffer.before, *buffer.after):
        if rings[word] < _CLOSE and (word in buffer.called or word in buffer.members):
            _result(scene, activity, word, _RESULT * _FADE ** rings[word], f"what {word} gives")


def _result(scene: Scene, activity: Activity, word: str, weight: float, how: str) -> None:
    places = [place for _, place in scene.meant(word)[:6] if place.definition.type]
    if not places:
        return
    owners = activity.owners
    known = [
        place
        for place in places
        if not place.definition.owner or (place.path, place.definition.owner) in owners
    ]
    chosen: Sequence[Place] = known[:2] or (places if len(places) == 1 else ())
    for place in chosen:
        for name in WORD.findall(place.definition.type):
            activity.name(name, weight / len(chosen), how)


def members_in_play(scene: Scene, actives: Sequence[Active]) -> Iterable[tuple[Place, Active]]:
    """The members of the types in play."""
    for active in actives:
        for place in own_members(scene, active.place):
            yield place, active
