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

_ROUNDS = 3
_SHORTEST_ROW = 16
_HEADED = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?s:(.{0,8000}?))(?:-----END|\Z)"
)
_BODY = re.compile(r"(?=[A-Za-z+/]*[0-9])[A-Za-z0-9+/]{40,}")


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
    known: dict[str, str] = {}
    """Values and their placeholders."""
    whole = tuple(sources)
    for source in whole:
        for secret in guard.find(source):
            _name(source.text[secret.span.start : secret.span.end], secret.kind, known, texts, whole)
    masked = tuple(texts)
    for _ in range(_ROUNDS):
        found = [guard.find(Source(text)) for text in masked]
        if not known and not any(found):
            break
        once = tuple(
            _masked(text, secrets, known, texts, whole) for text, secrets in zip(masked, found, strict=True)
        )
        if once == masked:
            break
        masked = once
    table = {placeholder: value for value, placeholder in known.items()}
    _check(texts, masked, table, guard)
    return Masked(masked, table)


def unmask(text: str, table: Mapping[str, str]) -> str:
    """Put the values back, also where a model's answer quotes a placeholder."""
    if not table:
        return text
    names = re.compile("|".join(re.escape(name) for name in sorted(table, key=len, reverse=True)))
    return names.sub(lambda hit: table[hit[0]], text)


def _masked(
    text: str,
    secrets: Sequence[Secret],
    known: dict[str, str],
    texts: Sequence[str],
    sources: Sequence[Source],
) -> str:
    """The text with its own secrets and all known values replaced. Where two overlap, both go as one."""
    places = [(one.span.start, one.span.end, one.kind) for one in secrets]
    for start, end, kind in places:
        _name(text[start:end], kind, known, texts, sources)
    for value in known:
        places += ((start, start + len(value), "") for start in _elsewhere(value, known[value], text))
    parts: list[str] = []
    at = 0
    for start, end, kind in _joined(sorted(places)):
        parts += (text[at:start], _name(text[start:end], kind, known, texts, sources))
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


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"


def _name(
    value: str, kind: str, known: dict[str, str], texts: Sequence[str], sources: Sequence[Source]
) -> str:
    """The placeholder of a value, a new one if it has none. Twelve bits of a hash: enough to be the same
    next time, far too few to guess a password from.
    """
    if found := known.get(value):
        return found
    # A value found in the second round may have placeholders in it: those are put back first.
    value = unmask(value, {placeholder: own for own, placeholder in known.items()})
    if found := known.get(value):
        return found
    digest = hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:3].upper()
    name, count = f"SECRET_{kind or 'TOKEN'}_{digest}", 1
    placeholder = name
    taken = frozenset(known.values())
    while placeholder in taken or _stands(placeholder, texts, sources):
        count += 1
        placeholder = f"{name}_{count}"
    known[value] = placeholder
    return placeholder


def _stands(placeholder: str, texts: Sequence[str], sources: Sequence[Source]) -> bool:
    return any(placeholder in text for text in texts) or any(placeholder in one.text for one in sources)


def _check(texts: Sequence[str], masked: Sequence[str], table: Mapping[str, str], guard: Guard) -> None:
    for text, changed in zip(texts, masked, strict=True):
        if table and unmask(changed, table) != text:
            raise Unmaskable("its secrets could not be hidden and put back exactly")
        if table and guard.find(Source(changed)):
            raise Unmaskable("its secrets could not be hidden")
        if "PRIVATE KEY" in changed and any(_BODY.search(block[1]) for block in _HEADED.finditer(changed)):
            raise Unmaskable("it holds a private key in a form that cannot be hidden")
