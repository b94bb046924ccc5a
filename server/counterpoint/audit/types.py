"""Whether what was handed in where one type stood fits where another stands. Types are their tokens."""

from __future__ import annotations

import re
from typing import Literal

from counterpoint.context.signatures_nodes import each
from counterpoint.context.uses import Argument

Fit = Literal["fits", "fails", "unknown"]

_TOKEN = re.compile(r"\w+|[^\w\s]")
_ANY = frozenset(
    {"Any", "object", "typing . Any", "any", "unknown", "interface { }", "interface {}", "Object", "mixed"}
)
_TEXT = frozenset({"str", "string", "String", "& str", "CharSequence", "AnyStr", "& ' static str"})
_NUMBER = each(
    "int float complex number bigint int8 int16 int32 int64 uint uint8 uint16 uint32 uint64 float32"
    " float64 byte rune short long double i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64"
    " Integer Long Double Float Short Number"
)
_TRUTH = frozenset({"bool", "boolean", "Boolean"})
_NOTHING = frozenset({"None", "null", "undefined", "nil", "void"})
_LISTS = ("list", "List", "Sequence", "Iterable", "Collection", "Array", "ReadonlyArray", "readonly")
_MAPPINGS = ("dict", "Dict", "Mapping", "MutableMapping", "Record")
_PLAIN = each(
    "Path Decimal datetime date timedelta UUID bytes bytearray Fraction PurePath Date RegExp Map Set"
    " Promise BigDecimal BigInteger LocalDate Instant Vec PathBuf Optional Duration"
)
"""Classes that everybody knows: nothing that is written down as a text, number or list is one."""
_WIDER = {
    ("int", "long"), ("int", "float"), ("int", "double"), ("long", "float"), ("long", "double"),
    ("float", "double"), ("short", "int"), ("short", "long"), ("byte", "int"), ("byte", "short"),
    ("byte", "long"), ("char", "int"), ("char", "long"), ("int", "complex"), ("float", "complex"),
    ("bool", "int"), ("String", "CharSequence"),
}  # fmt: skip
"""What one type's values are taken for without a word, where the language does that."""


def fit(before: str, after: str, given: Argument, language: str) -> Fit:
    """Whether an argument that fitted `before` fits `after`."""
    if before == after or not after or after in _ANY:
        return "fits"
    if language == "python" and not before:
        return "fits"
    was, now = (parts(one, language) for one in (before, after))
    if was and was <= now:
        return "fits"
    by_literal = _literal(given, now, language)
    if by_literal is not None:
        return by_literal
    widening = language in ("python", "java") and not (language == "java" and given.literal == "nothing")
    if widening and was and all(one in now or any((one, other) in _WIDER for other in now) for one in was):
        return "fits" if not (language == "python" and "bool" in was) else "unknown"
    return "unknown"


def parts(type_: str, language: str = "") -> frozenset[str]:
    """The members of a union; the type itself where it is none."""
    found: list[str] = []
    for one in _split(_unwrapped(type_.strip(), language), "|"):
        inner = _unwrapped(one.strip(), language)
        for head in ("Optional [ ", "typing . Optional [ "):
            if inner.startswith(head) and inner.endswith(" ]"):
                found.append("None")
                inner = inner[len(head) : -2]
        if inner.startswith(("Union [ ", "typing . Union [ ")) and inner.endswith(" ]"):
            members = _split(inner[inner.index("[ ") + 2 : -2], ",")
            found += [part for piece in members for part in parts(piece, language)]
        elif len(_split(inner, "|")) > 1:
            found += parts(inner, language)
        else:
            found.append(inner)
    return frozenset(one for one in found if one)


def _unwrapped(type_: str, language: str) -> str:
    """A type without the quotes by which Python puts it off."""
    if language != "python" or len(type_) < 3 or type_[0] not in "\"'" or type_[-1] != type_[0]:
        return type_
    inner = type_[1:-1].strip()
    return type_ if type_[0] in inner else " ".join(_TOKEN.findall(inner))


def _split(text: str, mark: str) -> list[str]:
    """Split at a mark outside of brackets."""
    found, depth, last = [], 0, 0
    for number, letter in enumerate(text):
        if letter in "([{<":
            depth += 1
        elif letter in ")]}" or (letter == ">" and text[number - 1 : number] != "="):
            depth -= 1
        elif letter == mark and not depth:
            found.append(text[last:number].strip())
            last = number + 1
    return [*found, text[last:].strip()]


def _literal(given: Argument, types: frozenset[str], language: str) -> Fit | None:
    """Whether something written down is one of some types; None for what is not written down."""
    if not given.literal or given.literal == "function":
        return None
    found = [_is(given, one, language) for one in types]
    if True in found:
        return "fits"
    return "fails" if all(one is False for one in found) else "unknown"


def _is(given: Argument, type_: str, language: str) -> bool | None:
    """Whether a literal is of a type; None for a type nobody here knows."""
    head = type_.partition(" ")[0].partition("[")[0]
    if type_ in _ANY:
        return True
    if type_[:1] in "\"'" or type_[:1].isdigit():
        return given.text.strip("\"'") == type_.strip("\"'")
    plain = type_ in _TEXT | _NUMBER | _TRUTH | _NOTHING
    match given.literal:
        case "text" if plain:
            return type_ in _TEXT
        case "number" if plain:
            return type_ in _NUMBER and not (_fraction(given) and _whole(type_, language))
        case "truth" if plain:
            return type_ in _TRUTH or (language == "python" and type_ in ("int", "float"))
        case "nothing" if plain or type_.startswith("*"):
            reference = language == "java" and type_[:1].isupper()
            return type_ in _NOTHING or type_.startswith("*") or reference
        case "list":
            listed = head in _LISTS or type_.endswith("[ ]")
            return True if listed else False if plain else None
        case "mapping":
            return True if head in _MAPPINGS else False if plain else None
    return False if head in _PLAIN or head in _LISTS or head in _MAPPINGS or type_.endswith("[ ]") else None


def _fraction(given: Argument) -> bool:
    return "." in given.text


def _whole(type_: str, language: str) -> bool:
    return type_ not in (
        "float",
        "complex",
        "number",
        "float32",
        "float64",
        "double",
        "f32",
        "f64",
        "Double",
        "Float",
    )
