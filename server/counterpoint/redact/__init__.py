"""Secrets in text: find them, put placeholders in their place, and put them back. Pure.

Three kinds of evidence, in falling order: a vendor's own key format, a place that holds nothing but
secrets (a private key block, the password of a URL), and a telling name given a value that looks random.
A placeholder keeps the line it stands in, so that line numbers and quoted code still agree.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from counterpoint.redact.guard import Guard as Guard
from counterpoint.redact.guard import Secret as Secret
from counterpoint.redact.guard import Source as Source
from counterpoint.redact.lines import looks_cut as looks_cut

_ROUNDS = 3
_SHORTEST_ROW = 12
_PIECE = 8
"""Characters of a secret that are told apart from chance."""
_HEAD = re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----")
_REACH = 8_000
"""Characters behind the head of a private key that has no end, in which a body is looked for."""
_PLACEHOLDER = re.compile(r"(?P<name>SECRET_[A-Z_]{1,40}?_[0-9A-F]{3})(?:_[0-9]+)?")
_BODY = re.compile(r"(?<![A-Za-z0-9+/])(?=[A-Za-z+/]{0,60}[0-9])[A-Za-z0-9+/]{40,}")


class Unmaskable(Exception):
    """A text holds a secret that cannot be taken out of it. The text is a reason, in words for a user."""


@dataclass(frozen=True, slots=True)
class Masked:
    """Texts that may be sent. `table` has each placeholder's value; it never leaves the machine."""

    texts: tuple[str, ...]
    table: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def text(self) -> str:
        """The only text, or all of them."""
        return "".join(self.texts)


def mask(texts: Sequence[str], guard: Guard, sources: Iterable[Source] = ()) -> Masked:
    """Put a placeholder in the place of each secret: one and the same for equal values.

    What one text shows to be secret is masked in all, and so is what `sources` do, the files that the texts
    were cut from: they show what a cut or a line number hides. A placeholder tells nothing of use about its
    value. Raises Unmaskable if something of a secret would be left.
    """
    given, whole = tuple(texts), tuple(sources)
    names = _Names(given)
    for source in whole:
        names.take(source.text, _searched(source, guard))
    for value, placeholder in tuple(names.known.items()):
        for piece in _cut_off(value, given):
            names.of(piece, names.kinds[placeholder])
    masked, found = given, [guard.find(Source(text)) for text in given]
    for _ in range(_ROUNDS):
        for text, secrets in zip(masked, found, strict=True):
            names.take(text, secrets)
        if not names.known:
            for text in given:
                _searched(Source(text), guard)
            return Masked(given)
        masked = tuple(_masked(text, secrets, names) for text, secrets in zip(masked, found, strict=True))
        found = [_searched(Source(text), guard) for text in masked]
        if not any(found):
            return _proven(given, masked, names)
    raise Unmaskable("its secrets could not be hidden")


def _searched(source: Source, guard: Guard) -> tuple[Secret, ...]:
    """Secrets of a text. Raises Unmaskable if a private key has a body that is not among them."""
    secrets = guard.find(source)
    text = source.text
    if "PRIVATE KEY" not in text:
        return secrets
    for head in _heads(text):
        end = text.find("-----", head.end(), head.end() + _REACH)
        for row in _BODY.finditer(text, head.end(), end if end >= 0 else head.end() + _REACH):
            if not any(one.span.start < row.end() and row.start() < one.span.end for one in secrets):
                raise Unmaskable("it holds a private key in a form that cannot be hidden")
    return secrets


def _heads(text: str) -> Iterator[re.Match[str]]:
    at = text.find("-----BEGIN ")
    while at >= 0:
        if head := _HEAD.match(text, at):
            yield head
        at = text.find("-----BEGIN ", at + 5)


def _proven(texts: tuple[str, ...], masked: tuple[str, ...], names: _Names) -> Masked:
    """The masked texts with the placeholders that are in them. What cannot be put back is not sent."""
    table = {
        placeholder: value
        for value, placeholder in names.known.items()
        if any(placeholder in text for text in masked)
    }
    if tuple(unmask(text, table) for text in masked) != texts:
        raise Unmaskable("its secrets could not be put back exactly")
    return Masked(masked, table)


def unmask(text: str, table: Mapping[str, str]) -> str:
    """Put the values back, also where a model's answer quotes a placeholder."""
    return _PLACEHOLDER.sub(lambda hit: table.get(hit[0]) or _shorter(hit, table), text) if table else text


def _shorter(hit: re.Match[str], table: Mapping[str, str]) -> str:
    """What looks like a placeholder with a number behind it may be one without."""
    value = table.get(hit["name"])
    return hit[0] if value is None else value + hit[0][len(hit["name"]) :]


class _Names:
    """The placeholders of values. Twelve bits of a hash: enough to be the same next time, far too few to
    guess a password from.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        self.known: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self._texts = tuple(text for text in texts if "SECRET_" in text)

    def take(self, text: str, secrets: Sequence[Secret]) -> None:
        """Give a placeholder to each secret of a text."""
        for one in secrets:
            self.of(text[one.span.start : one.span.end], one.kind)

    def of(self, value: str, kind: str) -> str:
        """The placeholder of a value, a new one if it has none."""
        if found := self.known.get(value):
            return found
        if "SECRET_" in value:
            # What is found in the second round may have placeholders in it: those are put back first.
            value = unmask(value, {placeholder: own for own, placeholder in self.known.items()})
            if found := self.known.get(value):
                return found
        digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:3].upper()
        name, count = f"SECRET_{kind or 'TOKEN'}_{digest}", 1
        placeholder = name
        while placeholder in self.kinds or any(placeholder in text for text in self._texts):
            count += 1
            placeholder = f"{name}_{count}"
        self.known[value] = placeholder
        self.kinds[placeholder] = kind
        return placeholder


def _masked(text: str, secrets: Sequence[Secret], names: _Names) -> str:
    """The text with its own secrets and all known values replaced. Where two overlap, both go as one."""
    places = [(one.span.start, one.span.end, one.kind) for one in secrets]
    for value, placeholder in names.known.items():
        places += ((start, start + len(value), "") for start in _elsewhere(value, placeholder, text))
    parts: list[str] = []
    at = 0
    for start, end, kind in _joined(sorted(places)):
        parts += (text[at:start], names.of(text[start:end], kind))
        at = end
    return "".join((*parts, text[at:]))


def _joined(places: list[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Places in order, those that overlap made one."""
    held: tuple[int, int, str] | None = None
    for start, end, kind in places:
        if held is not None and start < held[1]:
            held = (held[0], max(end, held[1]), held[2] or kind)
            continue
        if held is not None:
            yield held
        held = (start, end, kind)
    if held is not None:
        yield held


def _elsewhere(value: str, placeholder: str, text: str) -> Iterator[int]:
    """Where a value stands. A password that is part of a longer word is none: short ones are words too."""
    if len(value) < _SHORTEST_ROW and placeholder.startswith("SECRET_PRIVATE_KEY"):
        return
    word = placeholder.startswith("SECRET_PASSWORD")
    at = text.find(value)
    while at >= 0:
        end = at + len(value)
        inside = (_is_word(value[0]) and _is_word(text[at - 1 : at])) or (
            _is_word(value[-1]) and _is_word(text[end : end + 1])
        )
        if not (word and inside):
            yield at
        at = text.find(value, at + 1)


def _cut_off(value: str, texts: Sequence[str]) -> Iterator[str]:
    """Beginnings and ends of a value that stand in a text without the rest: a window was cut amid it."""
    if len(value) < 2 * _PIECE:
        return
    for text in texts:
        if value in text:
            continue
        if (at := text.find(value[:_PIECE])) >= 0:
            yield value[: _common(value, text[at : at + len(value)])]
        if (at := text.find(value[-_PIECE:])) >= 0:
            ending = text[max(0, at + _PIECE - len(value)) : at + _PIECE]
            yield value[-_common(value[::-1], ending[::-1]) :]


def _common(first: str, second: str) -> int:
    return next(
        (at for at, (one, two) in enumerate(zip(first, second, strict=False)) if one != two), len(second)
    )


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
