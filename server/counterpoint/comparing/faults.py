"""Which mended faults a reader of the file alone could have seen. Pure.

Many fixes are decisions, or mend what only another module, a vendor's answer or a user's wish shows to be
wrong. To ask a reviewer for those measures luck. What is kept is of a few kinds, each known by what the
message says and by what was taken out and put in: the fault must be named, and its trace stand in the code.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence

from counterpoint.comparing.commits import Delta
from counterpoint.comparing.messages import is_fault, subject_of
from counterpoint.comparing.sides import code_lines

_TOKEN = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[A-Za-z_$][\w$]*|\d[\w.]*|[^\w\s]")
_SLIGHT = re.compile(r"[^\w\s\"']+|\d[\w.]*|await|not|and|or|is|in|true|false|True|False|break|continue")
_INSTEAD = re.compile(r"or|\|\||\?\??|[|()]|\"\"|''|None|null")
"""What only puts something in the place of a value that is not there: nothing of it shows that one is not."""
_ASKS_OTHERWISE = re.compile(r"is|not|[!=]==?|&&|None|null|nil|undefined")
"""What only asks otherwise whether a value is there: whether nought or an empty text counts is decided."""
_QUERY = re.compile(r"\.(?:query|filter\w*|order_by|select\w*|where|objects|scalars)\b")
_MOST_SLIGHT = 3
"""So many tokens may differ for a change to be of a sign, a bound or an order of evaluation."""


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE | re.VERBOSE)


_KINDS: tuple[tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]], ...] = (
    (
        _pattern(r"key ?errors? | index ?errors? | stopiteration | out[ ]of[ ](?:range|bounds) | unbound"),
        _pattern(r"\[ | \bnext\( | \.index\( | \.pop\( | \bdel\b"),
        _pattern(r"\bin\b | \.get\( | \blen | \bif\b | \bnext\(.*, | \?\. | \?\? | except"),
    ),
    (
        _pattern(r"empty(?![ ](?:tag|element|id|field|line)) | \bno[ ]\w+s\b"),
        _pattern(
            r"\[-?\d+\] | \b(?:max|min|next|reduce|mean)\( | \.(?:pop|first|last|shift)\( | len\w*.?-[ ]?1"
        ),
        _pattern(r"\bif\b | \? | \bor\b | \|\| | default | \.get\( | match"),
    ),
    (
        _pattern(r"division | divid | by[ ]zero | \bNaN\b"),
        _pattern(r"(?<![/*])/(?![/*]) | // | % | parse(?:Int|Float)\( | Number\("),
        _pattern(r"\bif\b | \? | \bor\b | \|\| | max\( | isNaN | isFinite | \b0\b"),
    ),
    (
        _pattern(r"mutat | side[ -]effect | in[ -]place | shared[ ](?:state|reference|default)"),
        _pattern(r"."),
        _pattern(r"copy | \[:\] | \.slice\( | \*\* | \.\.\. | \bdict\( | \blist\( | clone | \bmake\( | None"),
    ),
    (
        _pattern(r"\bleak | unclosed | not[ ]clos | descriptor"),
        _pattern(r"."),
        _pattern(
            r"close | \bwith\b | \bdefer\b | finally | \busing\b | dispose | clear | remove | unsub | cancel"
        ),
    ),
    (
        _pattern(r"escap | injection | traversal | \bxss\b | redos | quadratic | backtracking"),
        _pattern(r"."),
        _pattern(r"escap | quote | saniti | encode | replace | normali | resolve | basename | \( "),
    ),
    (
        _pattern(r"infinite | endless"),
        _pattern(r"."),
        _pattern(r"\bbreak\b | \breturn\b | seen | visited"),
    ),
    (
        _pattern(
            r"swallow | (?:ignor|discard|dropp|unchecked|lost|los)\w*[ ](?:the[ ])?(?:\w+[ ])?"
            r"(?:errors?|exceptions?)"
        ),
        _pattern(r"."),
        _pattern(r"err\b | \braise\b | \bthrow\b | reject"),
    ),
)
"""What a message says, and what then stands in the lines that went and in those that came."""
_ABSENT = _pattern(
    r"\bnone | nonetype | \bnull | \bnil\b | undefined | attribute ?error | type ?error | crash | panic"
    r" | segfault | cannot[ ]read"
)
_NAME = r"([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)"
_GUARDS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_NAME} is (?:not )?None",
        rf"{_NAME}\)? ?[!=]==? ?(?:null|nil|undefined|None)\b",
        rf"\b(?:isinstance|hasattr|len|Array\.isArray)\({_NAME}",
        rf"\b(?:if|elif|and|or|not) (?:not )?{_NAME}\b(?!\()",
        rf"(?:if ?\(|&& ?|\|\| ?|!){_NAME}\b(?!\()",
        rf"{_NAME}(?:\?\.| \?\? | \|\| | or | \? )",
        rf"typeof {_NAME}",
    )
)
_MAY_BE = (
    r"(?:\bNone\b|\bnull\b|\bnil\b|\bundefined\b|\bOptional\b|\?|\.get\(|\.find\(|match\(|\.first\(|\.pop\()"
)

_ABSENCE = r"(?:null|undefined)"
_BOTH = re.compile(
    rf"(?P<name>[\w$.]+) (?P<sign>[!=])== (?P<one>{_ABSENCE}) (?:\|\||&&) (?P=name) (?P=sign)== "
    rf"(?!(?P=one)){_ABSENCE}"
)
_CATCHES = _pattern(r"^\s*(?:try\b | except\b | \}?\s*catch\b | finally\b) | \brecover\( | \bcatch_unwind")
"""What is done about a failure from elsewhere, which is decided and not forgotten."""
_NEAR = 30
"""So many lines round a place are of the same matter: a plain name means something else further away."""


def is_shown(message: str, delta: Delta) -> bool:
    """Whether the file as it was shows the fault that a commit mended."""
    gone, come = code_lines(delta.removed), code_lines(delta.added)
    if list(map(_briefly, gone)) == list(map(_briefly, come)):
        return False
    different = _different(gone, come)
    if 0 < len(different) <= _MOST_SLIGHT and all(map(_SLIGHT.fullmatch, different)):
        return is_fault(message)
    if {"None", "null", "nil", "undefined"} & set(different) and all(
        map(_ASKS_OTHERWISE.fullmatch, different)
    ):
        return False
    told = subject_of(message)
    if all(map(_INSTEAD.fullmatch, different)):
        return any(_is_absent(name, delta) for name in _guarded(come))
    if any(map(_QUERY.search, gone)):  # whose first row, if it has any, is no place in a row of values
        gone = [line.replace(".first(", "(") for line in gone]
    if _any(_CATCHES, come) and not _any(_CATCHES, gone):
        return False
    if any(
        said.search(told) and _any(old, gone) and _any(new, [one for one in come if one not in gone])
        for said, old, new in _KINDS
    ):
        return True
    return bool(_ABSENT.search(told)) and any(_is_absent(name, delta) for name in _guarded(come))


def _briefly(row: str) -> str:
    """A row with what asks for both kinds of absence written in the one way: the two mean the same."""
    return _BOTH.sub(lambda found: f"{found['name']} {found['sign']}= null", row)


def _different(gone: Sequence[str], come: Sequence[str]) -> list[str]:
    """The tokens that went and that came."""
    old, new = ([token for row in rows for token in _TOKEN.findall(row)] for rows in (gone, come))
    rows = difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    parts = [(*old[a:b], *new[c:d]) for tag, a, b, c, d in rows if tag != "equal"]
    return [token for part in parts for token in part]


def _guarded(rows: Iterable[str]) -> Iterator[str]:
    """What is asked for being there."""
    for row in rows:
        for guard in _GUARDS:
            yield from guard.findall(row)


def _is_absent(name: str, delta: Delta) -> bool:
    """Whether a value is used where the fix asks for it, and another line shows that it may not be there."""
    plain = name.rpartition(".")[2]
    if len(plain) < 2:  # of one letter are caught errors and rows of loops, and words of patterns
        return False
    word = re.escape(plain)
    used = re.compile(rf"\b{word}\b")
    if not any(used.search(row) for row in delta.removed):
        return False
    may_be = re.compile(rf"\b{word}\b.*{_MAY_BE}|{_MAY_BE}.*\b{word}\b")
    rows = (delta.before or "").split("\n")
    for hunk in delta.hunks:
        above = rows[max(0, hunk.old - _NEAR) : hunk.old]
        below = rows[hunk.old + len(hunk.removed) :][:_NEAR]
        if any(map(may_be.search, (*above, *below))):
            return True
    return False


def _any(pattern: re.Pattern[str], rows: Iterable[str]) -> bool:
    return any(pattern.search(row) for row in rows)
