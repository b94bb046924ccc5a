"""The names that a piece of code refers to, without those it brings itself or its language has. Pure."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from counterpoint.context.keywords import KEYWORDS
from counterpoint.context.languages import family_of
from counterpoint.context.scope_nodes import IMPORTS, in_text

if TYPE_CHECKING:
    from tree_sitter import Node

    from counterpoint.context.parsing import Parsed

_NAMES = frozenset({"identifier", "type_identifier", "shorthand_property_identifier"})
_DEFINING = frozenset({"name", "left", "pattern", "alias", "parameters", "parameter", "declarator", "label"})
"""Fields of a node in which names are given, not referred to."""
_PATTERN_WORDS = (
    "annotation as_pattern_target attribute_item case_pattern closure_parameters element_value_pair"
    " field_declaration formal_parameters inferred_parameters keyword_argument labeled_statement"
    " lambda_parameters lifetime match_pattern parameter_declaration parameters type_parameters"
)
_PATTERNS = frozenset(_PATTERN_WORDS.split())
_STATEMENT = ("statement", "declaration", "definition", "_item", "block", "module", "program", "source_file")
_MEMBER = (b".", b"::", b"->")

_WORDS = {
    "script": (
        "Array ArrayBuffer BigInt Boolean Buffer DataView Date Error EvalError Float32Array"
        " Float64Array Function Infinity Int8Array Int16Array Int32Array Intl JSON Map Math NaN Number"
        " Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError"
        " TypeError URIError Uint8Array Uint16Array Uint32Array WeakMap WeakRef WeakSet AbortController"
        " AbortSignal Blob Event EventTarget FormData Headers Request Response TextDecoder TextEncoder"
        " URL URLSearchParams Element HTMLElement Node NodeList KeyboardEvent MouseEvent console crypto"
        " document fetch global globalThis history localStorage location navigator performance process"
        " queueMicrotask require module exports __dirname __filename sessionStorage setImmediate"
        " setInterval setTimeout clearInterval clearTimeout structuredClone window alert atob btoa"
        " decodeURI decodeURIComponent encodeURI encodeURIComponent isFinite isNaN parseFloat parseInt"
        " arguments Awaited Exclude Extract InstanceType Iterable Iterator AsyncIterable AsyncIterator"
        " Generator NonNullable Omit Parameters Partial Pick PromiseLike PropertyKey Readonly"
        " ReadonlyArray ReadonlyMap ReadonlySet Record Required ReturnType ThisType Uppercase Lowercase"
        " JSX React NodeJS asserts infer is satisfies symbol bigint"
    ),
    "go": (
        "append bool byte cap clear close comparable complex complex64 complex128 copy delete error"
        " false float32 float64 imag int int8 int16 int32 int64 iota len make max min new nil panic"
        " print println real recover rune string true uint uint8 uint16 uint32 uint64 uintptr any bufio"
        " bytes context errors filepath fmt http io json log maps math os path reflect regexp slices"
        " sort strconv strings sync testing time url atomic rand unsafe bits exec slog"
    ),
    "rust": (
        "Arc Box BTreeMap BTreeSet Cell Clone Copy Cow Debug Default Display Drop Duration Eq Err Error"
        " Fn FnMut FnOnce From HashMap HashSet Hash Instant Into IntoIterator Iterator Mutex None Ok"
        " Option Ord Path PathBuf PartialEq PartialOrd Rc Read RefCell Result RwLock Send Sized Some"
        " String Sync ToOwned ToString TryFrom TryInto Vec VecDeque Write assert assert_eq assert_ne"
        " bool char dbg debug_assert drop eprint eprintln f32 f64 format i8 i16 i32 i64 i128 isize"
        " matches panic print println std core alloc str todo u8 u16 u32 u64 u128 unimplemented"
        " unreachable usize vec write writeln include_str concat env cfg derive test inline allow"
    ),
    "jvm": (
        "Appendable AssertionError AutoCloseable Boolean Byte CharSequence Character Class ClassLoader"
        " Cloneable Comparable Deprecated Double Enum Error Exception Float FunctionalInterface"
        " IllegalArgumentException IllegalStateException IndexOutOfBoundsException Integer"
        " InterruptedException Iterable Long Math NullPointerException Number NumberFormatException"
        " Object Override Record Runnable Runtime RuntimeException SafeVarargs Short StackTraceElement"
        " String StringBuffer StringBuilder SuppressWarnings System Thread ThreadLocal Throwable"
        " UnsupportedOperationException Void java javax length"
    ),
}


@cache
def _own(family: str) -> frozenset[str]:
    """Names that need no definition in a language."""
    words = frozenset(_WORDS.get(family, "").split()) | KEYWORDS.get(family, frozenset())
    if family == "python":
        return (
            words | frozenset(dir(builtins)) | {"__file__", "__name__", "__path__", "__all__", "reveal_type"}
        )
    return words


def references(parsed: Parsed, start: int, size: int) -> tuple[str, ...]:
    """Names referred to in `size` bytes from `start` that nothing in these defines; () for a language whose
    names are not known."""
    family = family_of(parsed.language)
    if family not in _WORDS and family != "python":
        return ()
    given: set[str] = set()
    asked: dict[str, None] = {}
    for node in _within(parsed.tree.root_node, start, start + size):
        name = (node.text or b"").decode("utf-8", "replace")
        if _is_given(node):
            given.add(name)
        elif not _is_member(parsed, node):
            asked[name] = None
    own = _own(family)
    return tuple(name for name in asked if name not in given and name not in own and len(name) > 1)


def _within(root: Node, start: int, end: int) -> Iterator[Node]:
    """Names that begin and end inside a range, outside of comments and imports."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.end_byte <= start or node.start_byte >= end or node.is_error or node.type in IMPORTS:
            continue
        if node.type in _NAMES and start <= node.start_byte and node.end_byte <= end:
            yield node
        elif in_text(node) != "comment":
            waiting.extend(reversed(node.children))


def _is_given(node: Node) -> bool:
    """True for a name that is defined here, is a key or the name of an argument."""
    above = node.parent
    if above is not None and above.type == "literal_element":
        return _is_key(above)
    if above is not None and above.type == "method_invocation":
        return above.child_by_field_name("name") == node
    for _ in range(6):
        if above is None:
            return False
        if above.type in _PATTERNS or _field_of(above, node) in _DEFINING:
            return True
        if above.type.endswith(_STATEMENT):
            return False
        node, above = above, above.parent
    return False


def _is_key(element: Node) -> bool:
    pair = element.parent
    return pair is not None and pair.type == "keyed_element" and pair.child(0) == element


def _field_of(above: Node, node: Node) -> str:
    for number in range(above.child_count):
        if above.child(number) == node:
            return above.field_name_for_child(number) or ""
    return ""


def _is_member(parsed: Parsed, node: Node) -> bool:
    before = parsed.data[max(0, node.start_byte - 40) : node.start_byte].rstrip()
    return before.endswith(_MEMBER) and not before.endswith(b"..")
