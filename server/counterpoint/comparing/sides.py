"""A file before and after a change: what was touched, and what tests say of it. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from counterpoint.comparing.commits import Delta
from counterpoint.context.blocks import Block
from counterpoint.context.outlining import blocks
from counterpoint.context.parsing import parse
from counterpoint.context.ranking import IDENTIFIER, STOP
from counterpoint.text import language_of

_LONGEST_HEAD = 240
_LONGEST_ROW = 100
_MOST_ROWS = 10
_COMMENT = re.compile(r"^\s*(?:#(?!\[)|//|/\*|\*(?:\s|/|$)|--\s|\"\"\"|'''|<!--)")
_STRING = re.compile(r"\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`")
_ASSERTS = re.compile(
    r"\bassert|\bexpect\w*\s*[(.!]|\brequire\.|\bshould\b|\.(?:equal|deepEqual|to(?:Be|Equal|Match|Throw|Contain)\w*)\("
    r"|\bt\.(?:Error|Fatal|Fail)\w*\(|\bcheck\.|\bverify\w*\(|pytest\.raises|\braises\(|\bis\.\w+\(|\bEqual\w*\("
    r"|\bt\.(?:is|true|false|not|throws\w*|deepEqual)\(|\bpanic!|\bTester\b|\bwant\b|\bexpected\b"
)
_OF_TYPES = re.compile(
    r"\bexpectTypeOf\b|\bassertType\b|\bassert_type\b|\breveal_type\b|@ts-expect-error|\bExpect<"
)
_KEYWORDS = (
    r"(?:def|class|func(?:\s*\([^)]*\))?|fn|function|type|const|let|var|struct|enum|trait|interface|get|set"
    r"|mod|static)"
)
_NAMED = re.compile(r"\s*(?:[\w.]+\s+)?\"[\w./@-]+\"\s*$|\s*(?:import|from|use|using|require)\b")
"""A line that names what is imported, and a text on it that nothing is compared with."""
_WORDS = re.compile(r"\w+")
_HOLES = re.compile(r"\$?\{[^{}]*\}|%[-+ #0-9.]*[a-zA-Z]")
"""Where a text is filled in."""
_FIXED = 5
"""So many characters between holes are no text by chance."""
_ERROR = re.compile(r"\b[A-Z]\w*(?:Error|Exception)\b")
_RAISES = re.compile(r"\b(?:raise|throw)\b")
_NUMBER = re.compile(r"(?<![\w.])\d{2,}(?![\w.])")
_GIVES = re.compile(
    r"\s*return (None|null|nil|undefined|False|false|True|true|\[\]|\{\}|\"\"|''|-?\d+)\s*;?\s*$"
)
_SAYS_WHAT = re.compile(
    r"\b(?:none|null|nil|undefined|false|true|empty|nothing|skip\w*|ignor\w*|return\w*|not|n't|no|without|only"
    r"|never|stop\w*|avoid\w*|prevent\w*|reject\w*|disallow\w*|allow\w*|accept\w*)\b",
    re.IGNORECASE,
)
"""Words that tell what comes of it."""
_RUN = 2
"""So many words in a row of a text are nobody's by chance."""


class Sides:
    """A change of one file, taken apart where it is asked for."""

    def __init__(self, delta: Delta) -> None:
        self.delta = delta
        self._language = language_of(delta.path)

    @cached_property
    def before(self) -> tuple[Block, ...]:
        """Blocks of the text as it was."""
        return self._blocks(self.delta.before or "")

    @cached_property
    def after(self) -> tuple[Block, ...]:
        """Blocks of the text as it became."""
        return self._blocks(self.delta.after)

    @cached_property
    def changed(self) -> tuple[Block, ...]:
        """Blocks of both sides whose syntax the other does not have: form and comments do not count."""
        old, new = ({(one.name, one.digest) for one in side} for side in (self.before, self.after))
        gone = (one for one in self.before if (one.name, one.digest) not in new)
        return (*gone, *(one for one in self.after if (one.name, one.digest) not in old))

    @cached_property
    def touched(self) -> frozenset[str]:
        """The plain names of what was changed, and of what it belongs to."""
        names = (part for one in self.changed for part in re.split(r"\.|::", one.name))
        return frozenset(name for name in names if name and name not in STOP)

    @cached_property
    def recast(self) -> Mapping[str, tuple[str, frozenset[str]]]:
        """By plain name how those definitions begin now that were there and are called otherwise, and which
        names are new in that."""
        was = {one.name: one for one in self.before if one.contract}
        often = Counter(one.name for one in self.after) | Counter(one.name for one in self.before)
        found = {}
        for one in self.after:
            old = was.get(one.name) if often[one.name] == 1 else None  # else nobody knows which it was
            if old is not None and old.contract != one.contract:
                head, before = _rows(self.delta.after, one), _rows(self.delta.before or "", old)
                if head and head != before:
                    found[_plain(one.name)] = head, names_in((head,)) - names_in((before,))
        return found

    def head_of(self, name: str) -> str:
        """How the definition of a new name begins, in one line; "" where it has none here."""
        for block in self.after:
            if _plain(block.name) == name and block.name_line >= 0:
                return _rows(self.delta.after, block)
        return ""

    def _blocks(self, text: str) -> tuple[Block, ...]:
        return tuple(blocks(parse(self._language, text.encode("utf-8", "surrogatepass"))))


def _plain(name: str) -> str:
    return re.split(r"\.|::", name)[-1]


def _rows(text: str, block: Block) -> str:
    """How a block begins, in one line; "" for what has no name."""
    return _head(text.split("\n")[block.name_line : block.last_line + 1]) if block.name_line >= 0 else ""


def _head(rows: Sequence[str]) -> str:
    """The first rows of a definition as one line, as far as its parameters go."""
    head = ""
    for row in rows[:_MOST_ROWS]:
        head = f"{head} {row.strip()}".strip()
        if head.count("(") <= head.count(")"):
            break
    return (
        re.sub(r"\(\s+|\s+(?=\))", lambda gap: gap[0].strip(), head)
        .replace(",)", ")")
        .rstrip("{: \t")[:_LONGEST_HEAD]
    )


def code_lines(lines: Iterable[str]) -> list[str]:
    """The lines that are neither blank nor, by how they begin, a comment."""
    return [line for line in lines if line.strip() and not _COMMENT.match(line)]


def bare(line: str) -> str:
    """A line without the comment behind it, blanks, and the kind of its quotes."""
    return re.sub(r"\s+", "", re.sub(r"\s(?:#|//)\s.*$", "", line)).replace("'", '"').rstrip(",;")


def assertions(lines: Iterable[str]) -> int:
    """How many lines say what is expected when they run: a type is looked at by no test that is run."""
    return sum(1 for line in lines if _ASSERTS.search(line) and not _OF_TYPES.search(line))


def names_in(texts: Iterable[str]) -> frozenset[str]:
    """The names of texts of code, those within quotes left out where a line shows both of these."""
    found: set[str] = set()
    for text in texts:
        found.update(IDENTIFIER.findall(_STRING.sub(" ", text) if "\n" not in text else text))
    return frozenset(name for name in found if len(name) > 2 and name not in STOP)


def declared(lines: Iterable[str], name: str) -> str:
    """The line that begins by giving a name its meaning, a keyword before it or a value or type behind; the
    name alone where that line is long or says it on the way; "" where nothing gives it one."""
    word = re.escape(name)
    begins = re.compile(
        rf"\s*(?:[a-z]+\s+)*(?:self\.|this\.|{_KEYWORDS}\s+)?{word}\b\s*\??\s*(?::(?!:)|=(?![=>]))"
        rf"|\s*(?:[a-z]+\s+)*{_KEYWORDS}\s+{word}\b"
        rf"|\s*{word}\s+(?:func\b|\*|\[|map\[|[\w.]+\s*$)"  # a field of Go
    )
    within = re.compile(rf"\b{word}\b\s*\??\s*(?::(?!:)|=(?![=>]))")
    weak = ""
    for line in lines:
        row = _STRING.sub(" ", line)
        if begins.match(row):
            return line.strip() if len(line.strip()) <= _LONGEST_ROW else name
        weak = weak or (name if within.search(row) else "")
    return weak


def own(lines: Iterable[str], name: str) -> bool:
    """Whether lines of a test make a variable of the name themselves."""
    makes = re.compile(
        rf"\s*(?:(?:const|let|var|for)\s+)?(?:\w+, *)*{re.escape(name)}(?:, *\w+)*\s*(?::=|\s=\s|\sin\s)"
    )
    return any(makes.match(line) for line in lines)


def names_within_quotes(lines: Iterable[str]) -> frozenset[str]:
    """Names in quoted texts that no word of a language is written like: tests name what they replace so."""
    found: set[str] = set()
    for line in lines:
        for text in quoted_in(line):
            found.update(name for name in IDENTIFIER.findall(text) if "_" in name or not name[1:].islower())
    return frozenset(name for name in found if len(name) > 3)


def names_of_members(lines: Iterable[str]) -> frozenset[str]:
    """Names behind a dot: others give them their meaning, as tests do in classes of their own."""
    return frozenset(name for line in lines for name in re.findall(r"\.([A-Za-z_]\w{2,})\b", line))


def quoteless(line: str) -> str:
    """A line with nothing left between its quotes."""
    return _STRING.sub('""', line)


def quoted_in(line: str) -> list[str]:
    """The texts between quotes of a line."""
    return [part for match in _STRING.finditer(line) for part in match.groups() if part]


def said_in(tests: Sequence[str], made: Sequence[str], known: Iterable[str]) -> list[str]:
    """Texts that tests quote with a word, or a row of words, that texts quoted in what was made have, and
    nothing that was known; and those that a text is filled in to which nothing known is alike."""
    texts = tuple(known)
    written = [text for line in made for text in quoted_in(line)]
    forms = _forms(written, texts)
    runs = _runs(written) - _runs(row for text in texts for row in text.split("\n"))
    words = _words(written) - _words(texts)
    found = (text for line in tests if not _NAMED.match(line) for text in quoted_in(line))
    return list(
        dict.fromkeys(
            text
            for text in found
            if _runs((text,)) & runs or _words((text,)) & words or any(part in text for part in forms)
        )
    )


def _forms(written: Iterable[str], known: Sequence[str]) -> frozenset[str]:
    """What stands still in texts that are filled in, of those that are new as they stand."""
    new = (text for text in written if _HOLES.search(text) and not any(text in one for one in known))
    parts = (part.strip() for text in new for part in _HOLES.split(text))
    return frozenset(part for part in parts if len(part) >= _FIXED)


def _words(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(word.lower() for text in texts for word in _WORDS.findall(text) if len(word) > 3)


def _runs(texts: Iterable[str]) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for text in texts:
        words = [word.lower() for word in _WORDS.findall(text)]
        found.update(tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1))
    return found


def keys_in(tests: Iterable[str], made: Sequence[str], known: Iterable[str]) -> list[str]:
    """Single words that tests quote whole, which made lines bring and nothing known has: keys and codes."""
    there = frozenset(word for text in known for word in _WORDS.findall(text))
    come = frozenset(word for line in made for word in _WORDS.findall(line)) - there
    quoted = (text for line in tests for text in quoted_in(line))
    return list(dict.fromkeys(text for text in quoted if text in come and not text.isdigit()))


def raised(made: Iterable[str], tests: Iterable[str], told: str) -> list[str]:
    """The kinds of errors that made lines raise, tests expect, and the message does not name."""
    come = {name for line in made if _RAISES.search(line) for name in _ERROR.findall(line)}
    wanted = {name for line in tests for name in _ERROR.findall(line)}
    return sorted(name for name in come & wanted if name not in told)


def decided(tests: Sequence[str], made: Sequence[str], known: Iterable[str], told: str) -> bool:
    """Whether tests hold what was decided in writing: numbers that are nowhere else, or what is returned
    early where the message says nothing of it."""
    numbers = frozenset(_NUMBER.findall("\n".join(made))) & frozenset(_NUMBER.findall("\n".join(tests)))
    if numbers - frozenset(_NUMBER.findall("\n".join((*known, told)))):
        return True
    if _SAYS_WHAT.search(told):
        return False
    given = {match[1] for line in made if (match := _GIVES.match(line))}
    return any(quoteless(value) in quoteless(line) for value in given for line in tests)
