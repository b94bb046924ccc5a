"""Why lines of a file go with a change, in words that a reader can check against them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from counterpoint.context.change import Change
from counterpoint.context.facts import CALLABLES, TYPES, Facts
from counterpoint.context.keywords import KEYWORDS
from counterpoint.context.kin import is_test
from counterpoint.context.pieces import Piece, Shown
from counterpoint.context.ranking import STOP, subwords

_BUILTIN = """
    abs all any bytearray callable char chr dict dir double enumerate filter float format frozenset getattr
    hasattr hash hex id input isinstance issubclass iter len long map max min next object open ord print
    property range repr reversed round rune set setattr short size_t slice sorted str sum tuple type unsigned
    usize vars zip u8 u16 u32 u64 i8 i16 i32 i64 f32 f64 int8 int16 int32 uint8 uint16 uint32 uint64 float32
    append assert console copy echo err Error Exception fmt log make panic printf println require
    Array Boolean Box Date Integer List Map Math Number Object Option Promise Result Set String Vec
    add args data get item items key keys kwargs list name obj result test tests val value values
"""
_SAYS_NOTHING = STOP.union(_BUILTIN.split(), *KEYWORDS.values())
"""Words of the languages, of their built-in types and functions, and names that everything bears."""
_OF_THE_LANGUAGE = """
    as_ref clone compareTo constructor default deref drop equals fmt from from_str hashCode init initialize
    into into_iter main new next setUp tearDown toString to_s to_string String Error ToString
"""
_PROTOCOL = frozenset(_OF_THE_LANGUAGE.split())
"""Members that types have because their language asks for them: a call of one tells not whose it is."""
_SHORTEST = 3
_LIKE_A_NAME = re.compile(r"[A-Z]|._.|[a-z]\d")
_CALLS, _DEFINES, _USES, _ALSO = 4, 3, 2, 1


@dataclass(frozen=True, slots=True)
class Touched:
    """Names of what a change touches that other files can mean. `owners` has, for those that are members and
    nothing else, the types they are members of.
    """

    names: frozenset[str]
    owners: Mapping[str, frozenset[str]]


def telling(word: str) -> bool:
    """False for words that are in files for any reason: keywords, built-in names, `__len__`, letters."""
    return (
        len(word) >= _SHORTEST
        and word not in _SAYS_NOTHING
        and not (word.startswith("__") and word.endswith("__"))
    )


def _nameable(name: str) -> bool:
    """True for what a call elsewhere would mean, were it called there: also short names, and `match`."""
    return len(name) >= _SHORTEST - 1 and name not in _PROTOCOL and not name.startswith("__")


def touched(change: Change) -> Touched:
    """Without the variables and functions inside of functions, which no other file can name."""
    around = [one for one in change.symbols if one.kind in CALLABLES]
    outward = [
        one
        for one in change.symbols
        if not any(
            other.first_line <= one.first_line
            and one.last_line <= other.last_line
            and (other.first_line, other.last_line) != (one.first_line, one.last_line)
            for other in around
        )
    ]
    inner = {one.name for one in change.symbols} - {one.name for one in outward}
    plain = {one.name for one in outward if one.kind not in CALLABLES | TYPES}
    names = frozenset(
        name
        for name in change.names
        if name not in inner
        and (telling(name) and _LIKE_A_NAME.search(name) if name in plain else _nameable(name))
    )
    owners: dict[str, frozenset[str]] = {}
    for one in outward:
        owners[one.name] = owners.get(one.name, frozenset()) | {one.owner.rpartition(".")[2]}
    return Touched(names, {name: types for name, types in owners.items() if "" not in types})


def told(shown: Shown, piece: Piece, mine: Touched) -> str:
    """The strongest thing that the piece's lines say of the change; "" if that is nothing of note."""
    inside = range(piece.first, piece.last + 1)
    words: dict[str, float] = {}
    for line, weight, word in shown.hits:
        if line in inside and (word in mine.names or telling(word)):
            words[word] = max(weight, words.get(word, 0.0))
    said = [
        (strength, words[word], sentence)
        for word in words
        for strength, sentence in _sentences(word, shown.facts, inside, mine)
    ]
    return max(said, key=lambda one: one[:2])[2] if said else ""


def _sentences(word: str, facts: Facts, inside: range, mine: Touched) -> Iterator[tuple[int, str]]:
    """What the lines do with a word, each with how much it says."""
    kinds = {one.kind for one in facts.definitions if one.name == word and one.name_line in inside}
    calls = [one for one in facts.calls if one.name == word and one.line in inside]
    if word in mine.names:
        if kinds:
            yield _ALSO, f"also defines {word}"
        # A method is called on something: what is called by its bare name is another one.
        elif any(one.receiver or word not in mine.owners for one in calls) and _meant(word, facts, mine):
            yield _CALLS, f"{'tests' if is_test(facts.path) else 'calls'} {word}"
        elif not calls:
            imported = any(word in (one.name, one.alias) and one.line in inside for one in facts.imports)
            yield _USES, f"{'imports' if imported else 'uses'} {word}"
    elif kinds & (CALLABLES | TYPES) and not is_test(facts.path):
        yield _DEFINES, f"defines {word}"
    elif _LIKE_A_NAME.search(word):
        yield (_USES, f"defines {word}") if kinds else (_ALSO, f"also {'calls' if calls else 'uses'} {word}")


def _meant(word: str, facts: Facts, mine: Touched) -> bool:
    """False for a member with a word of every day for a name, in a file that does not name its type."""
    owners = mine.owners.get(word, frozenset())
    return not owners or len(subwords(word)) > 1 or any(owner in facts.words for owner in owners)
