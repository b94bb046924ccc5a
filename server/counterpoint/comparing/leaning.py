"""What the tests of a change lean on beside the code that is shown: files, the network, names they replace,
and whole values of which a part went without a word. Pure.

An answer is judged by those tests on the code as it was. What they need must be there, or have been told.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from counterpoint.comparing.commits import Change, Delta
from counterpoint.comparing.sides import Sides, code_lines, quoted_in
from counterpoint.context.ranking import IDENTIFIER

_REPLACES = re.compile(
    r"\bpatch\(\s*[\"'](?P<dotted>[\w.]+)[\"']"
    r"|\bsetattr\(\s*[\"'](?P<path>\w+(?:\.\w+)+)[\"']"
    r"|\b(?:patch\.object|setattr|spyOn|stub|spy|replace|mock\.method)\("
    r"\s*[\w.$]+(?:\([^()]*\))?,\s*[\"'](?P<name>[\w$]+)[\"']"
)
"""How a test says which name it puts something else in the place of."""
_HOST = re.compile(r"https?://(?!localhost|127\.|0\.0\.0\.0|(?:[\w-]+\.)*example\b)\w")
_REQUESTS = re.compile(
    r"\brequests\.|\bSession\(|\bsession\.(?:get|post|request)\(|\bhttpx\b|\burlopen\(|\burlretrieve\("
    r"|\baiohttp\b|\baxios\b|\bfetch\(|\bhttp\.(?:Get|Post|Head|NewRequest|Client)\b|\breqwest\b|\bgot\("
)
_COMMENT = re.compile(r"\s//.*$|/\*.*?\*/")
_TOKEN = re.compile(r"\"[^\"]*\"|'[^']*'|[A-Za-z_$][\w$]*|\d[\w.]*|=>|\S")
_OF_TYPES = re.compile(
    r"[A-Z]\w*|string|number|boolean|bigint|symbol|unknown|any|never|void|null|undefined|object|keyof|typeof|extends"
    r"|infer|readonly|as|type|interface|import|export|declare|from|[|&<>\[\](){},;:?]|[\"'].*[\"']"
)
"""What types of TypeScript are written with."""
_TYPES = frozenset({"interface", "type"})
"""Kinds of definitions that are nothing but types."""
_SYSTEMS = re.compile(
    r"\bskip_?(?:if|unless)\b|\bversion_info\b|\bsys\.platform\b|\bos\.name\b|\bplatform\.system\("
    r"|\bprocess\.(?:platform|versions?)\b|\bruntime\.GO(?:OS|ARCH)\b|\btarget_(?:os|arch)\b|\bcfg\((?:windows|unix)"
)
"""How code asks which system or version it runs on."""
_STANDS_IN = re.compile(
    r"mock|\bpatch\b|responses|cassette|\bvcr|stub|\bnock\b|httpretty|respx|betamax|fake|\bspy|httptest|intercept"
    r"|\bmsw\b|test_?(?:client|server)|recorded",
    re.IGNORECASE,
)
"""Words of tests that let something stand in for what answers elsewhere."""
_KEY = re.compile(r"[\"']([A-Za-z_][\w-]*)[\"']\s*:")
_WHOLE = re.compile(
    r"assert_(?:called|awaited|any)\w*with\(|CalledWith\(|assertDictEqual\(|(?:[dD]eep|Strict)Equal\("
    r"|\btoEqual\(|== ?[{\[(]|assertEquals?\([^()]*[{\[]"
)
"""How tests compare a value with all of its parts."""


def reads_files(change: Change, added: Iterable[str]) -> bool:
    """Whether lines put into tests name a file, no code that was told, which the commit brought along."""
    code = {delta.path for delta in (*change.sources, *change.tests)}
    names = {_base(one.path) for one in change.commit.files if one.path not in code}
    return any(_base(text) in names for line in added for text in quoted_in(line))


def needs_network(change: Change) -> bool:
    """Whether the code asks a host it names and no test has anything stand in for that, or what was put into
    the tests asks one."""
    added = [line for delta in change.tests for line in code_lines(delta.added)]
    if not any(map(_STANDS_IN.search, added)) and any(_asks(line) for line in added):
        return True
    if any(_STANDS_IN.search(delta.after) for delta in change.tests):
        return False
    return any(_asks(delta.before or "") for delta in change.sources)


def _asks(text: str) -> bool:
    rows = code_lines(text.split("\n"))
    named = any(_HOST.match(part) for row in rows for part in quoted_in(row))
    return named and any(map(_REQUESTS.search, rows))


def is_of_types(change: Change) -> bool:
    """Whether all that was changed in TypeScript are types, which are gone when tests run."""
    for delta in change.sources:
        if not delta.path.endswith((".ts", ".tsx", ".mts", ".cts")):
            return False
        old, new = _tokens(delta.removed), _tokens(delta.added)
        parts = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        changed = (token for tag, a, b, c, d in parts if tag != "equal" for token in (*old[a:b], *new[c:d]))
        if not all(map(_OF_TYPES.fullmatch, changed)) and not _is_within_types(delta):
            return False
    return True


def _is_within_types(delta: Delta) -> bool:
    """Whether all lines that came or went stand in definitions of types."""
    sides = Sides(delta)
    for hunk in delta.hunks:
        for blocks, first, rows in (
            (sides.before, hunk.old, hunk.removed),
            (sides.after, hunk.new, hunk.added),
        ):
            within = (one for one in blocks if one.kind in _TYPES and one.first_line <= first)
            if rows and not any(first + len(rows) - 1 <= one.last_line for one in within):
                return False
    return True


def is_of_some_systems(change: Change) -> bool:
    """Whether the change is for some systems or versions of the language only: elsewhere its tests pass
    without it, or do not run."""
    deltas = (*change.sources, *change.tests)
    return any(_SYSTEMS.search(line) for delta in deltas for line in code_lines(delta.added))


def _tokens(lines: Iterable[str]) -> list[str]:
    return [token for line in code_lines(lines) for token in _TOKEN.findall(_COMMENT.sub("", line))]


def replaced(added: Sequence[str]) -> frozenset[str]:
    """The plain names that lines of tests put something else in the place of."""
    found = _REPLACES.finditer("\n".join(added))
    whole = (match["dotted"] or match["path"] or match["name"] for match in found)
    return frozenset(name.rpartition(".")[2] for name in whole)


def unheard(names: Iterable[str], known: Iterable[str]) -> list[str]:
    """Those names that texts do not have, in order."""
    there = {name for text in known for name in IDENTIFIER.findall(text)}
    return sorted(name for name in names if name not in there)


def as_made(name: str, made: Iterable[str]) -> str:
    """A name with what it is a member of, as made lines use it; "" where they do not."""
    word = re.compile(rf"(?:\w+\.)*\b{re.escape(name)}\b")
    return next((match[0] for line in made if (match := word.search(line))), "")


def drops_unsaid(sources: Iterable[Delta], added: Iterable[str], told: str) -> bool:
    """Whether a key went that the message does not name, where tests compare with a value as a whole."""
    if not any(map(_WHOLE.search, added)):
        return False
    for delta in sources:
        gone = {key for line in code_lines(delta.removed) for key in _KEY.findall(line)}
        left = {key for line in code_lines(delta.added) for key in _KEY.findall(line)}
        if any(not re.search(rf"\b{re.escape(key)}\b", told, re.IGNORECASE) for key in gone - left):
            return True
    return False


def written_so(added: Sequence[str], made: Iterable[str], known: Iterable[str], told: str) -> list[str]:
    """Texts that made lines and tests quote alike and nothing that was there has, which the message may tell
    in passing but does not quote: of one word it has only to hold it."""
    before = "\n".join(known)
    come = {text for line in made for text in quoted_in(line) if text not in before}
    quoted = dict.fromkeys(text for line in added for text in quoted_in(line) if text in come)
    return [text for text in quoted if " " in text.strip() and text in told and not _is_quoted(text, told)]


def _is_quoted(text: str, told: str) -> bool:
    return re.search(rf"[\"'`“‘]{re.escape(text)}[\"'`”’]", told) is not None


def is_guard_alone(change: Change) -> bool:
    """Whether all that was done is that something which was there now stands behind a condition."""
    gone = [line.strip() for one in change.sources for line in code_lines(one.removed)]
    come = [line.strip() for one in change.sources for line in code_lines(one.added)]
    left = [line for line in come if line not in gone]
    lost = [line for line in gone if line not in come]
    return bool(gone and left) and not lost and all(re.match(r"if\b|\}$", line) for line in left)


def _base(path: str) -> str:
    return path.rpartition("/")[2]
