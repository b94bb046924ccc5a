"""Lines of a file that the line being typed may be a sister of, and what each says comes next. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from counterpoint.inline.patterns_tokens import Renaming, inner, is_name, marks, tokens

REACH = 400
NEAR = 15
SHAPE_REACH = 120
MOST, MOST_LIKE = 8, 5
CONTEXT = 3
_LITERALS = frozenset(
    {"None", "null", "nil", "true", "false", "True", "False", "undefined", "import", "#", "//", "*"}
)


@dataclass(frozen=True, slots=True)
class Prefix:
    """What is typed of a line: whole tokens, then a token that may go on, or ""."""

    text: str
    indent: str
    whole: tuple[str, ...]
    part: str

    @classmethod
    def of(cls, line: str, language: str) -> Prefix:
        text = line.lstrip()
        indent = line[: len(line) - len(text)]
        found = tokens(text)
        quotes = '"`' if language == "rust" else "\"'`"
        code = not text.startswith(("#", "//", "*")) and language != "markdown"
        if code:
            for at, token in enumerate(found):
                if len(token) == 1 and token in quotes:
                    return cls(text, indent, found[:at], "".join(found[at:]))
        if found and (found[-1][0].isalnum() or found[-1][0] == "_"):
            return cls(text, indent, found[:-1], found[-1])
        return cls(text, indent, found, "")


@dataclass(frozen=True, slots=True)
class Voice:
    """What one line says: the rest in tokens, the first one perhaps a token's end; () is "the line ends".

    `alike` lines right above both are the same or each other's renaming, `foretold` of them exactly as the
    lines before them let expect; `renamed` is how many tokens of the prefix differ from that line's.
    """

    line: int
    rest: tuple[str, ...]
    known: int
    alike: int
    foretold: int
    renamed: int
    novel: bool
    source: str


class Lines:
    """The lines of a document round a place, without their ends; nothing else of it is read."""

    __slots__ = ("at", "first", "raw", "text", "whole")

    def __init__(self, lines: Sequence[str], at: int, typed: str, recent: Sequence[str] = ()) -> None:
        self.first = max(0, at - REACH)
        self.at = at - self.first
        self.raw = list(lines[self.first : at + REACH])
        self.raw[self.at : self.at + 1] = [""]
        if recent:  # as if they stood at the very end, so that what is near counts first
            self.raw += ["", *recent]
        self.text = [line.strip() for line in self.raw]
        self.whole = "\n".join(self.text) + "\n"
        self.raw[self.at] = typed

    def indent(self, at: int) -> int:
        line = self.raw[at]
        return len(line) - len(line.lstrip())

    def above(self, at: int) -> int:
        """The nearest line above that is not blank, or -1."""
        at -= 1
        while at >= 0 and not self.text[at]:
            at -= 1
        return at

    def below(self, at: int) -> int:
        """The nearest line below that is not blank, or -1."""
        return next((one for one in range(at + 1, len(self.text)) if self.text[one]), -1)

    def around(self, reach: int) -> range:
        """The lines so near to the place."""
        return range(max(0, self.at - reach), min(len(self.text), self.at + reach))


def rest_by(
    source: tuple[str, ...], prefix: Prefix, renaming: Renaming
) -> tuple[tuple[str, ...], int, bool] | None:
    """What `source` says comes after the prefix: tokens, how many are known at all, whether `part` is new.

    None if the line is of another form.
    """
    count = len(prefix.whole)
    if len(source) < count + bool(prefix.part):
        return None
    for old, new in zip(source, prefix.whole, strict=False):
        if old != new and not renaming.learn(old, new) and not (old.isspace() and new.isspace()):
            return None
    rest: list[str] = []
    novel = False
    at = count
    if prefix.part:
        said = renaming.of(source[at])
        if said is not None and said.startswith(prefix.part):
            rest.append(said[len(prefix.part) :])
        elif source[at].startswith(prefix.part):
            rest.append(source[at][len(prefix.part) :])
        elif is_name(prefix.part) and renaming.learn(source[at], prefix.part):
            novel = True
        else:
            return None
        at += 1
    known = -1
    for token in source[at:]:
        said = renaming.of(token)
        if said is None and known < 0:
            known = len(rest)
        rest.append(token if said is None else said)
    return tuple(rest), len(rest) if known < 0 else known, novel


def context(lines: Lines, place: int, other: int, renaming: Renaming) -> tuple[int, int]:
    """How many lines above both places are alike, and how many of these were exactly foretold."""
    pairs: list[tuple[int, int]] = []
    here, there, depth = place, other, CONTEXT
    while len(pairs) < depth:
        here, there = lines.above(here), lines.above(there)
        if here < 0 or there < 0:
            break
        a, b = lines.text[there], lines.text[here]
        if a != b and (marks(a) != marks(b) or len(tokens(a)) != len(tokens(b))):
            break
        pairs.append((there, here))
    near = abs(place - other) <= depth
    alike = foretold = 0
    for there, here in reversed(pairs):
        old, new = tokens(lines.text[there]), tokens(lines.text[here])
        if old == new:
            alike += 1
            foretold += 1
            continue
        scratch = Renaming() if near else renaming
        right = all(scratch.of(token) == wanted for token, wanted in zip(old, new, strict=True))
        fits = all(scratch.learn(token, wanted) or (token.isspace() and wanted.isspace())
                   for token, wanted in zip(old, new, strict=True))  # fmt: skip
        if not fits:
            alike = foretold = 0
            continue
        alike += 1
        foretold += right
    return alike, foretold


def places(lines: Lines, prefix: Prefix) -> dict[int, str]:
    """Lines worth asking, each with why: same beginning, same line above, same form near by, or above."""
    found: dict[int, str] = {}
    text = lines.text
    if len(prefix.text) >= 2:
        begins = [at for at, line in enumerate(text) if line.startswith(prefix.text)]
        found.update(dict.fromkeys(_nearest(lines, begins, MOST), "begins"))
    shape = marks("".join(prefix.whole))
    above = lines.above(lines.at)
    told = above >= 0 and len(text[above]) > 2
    if told:
        wanted = text[above]
        after = [lines.below(at) for at, line in enumerate(text) if line == wanted and at != above]
        found = dict.fromkeys(_nearest(lines, _shaped(lines, after, shape), MOST), "below") | found
    if prefix.whole:
        near = [at for at in lines.around(NEAR) if text[at] and lines.indent(at) == len(prefix.indent)]
        found = dict.fromkeys(_nearest(lines, _shaped(lines, near, shape), MOST), "form") | found
    if told and len(form := marks(text[above])) >= 2:
        like = [at for at in lines.around(SHAPE_REACH) if marks(text[at]) == form and len(text[at]) > 2]
        after = [lines.below(at) for at in like if at != above]
        found = dict.fromkeys(_nearest(lines, _shaped(lines, after, shape), MOST_LIKE), "below-form") | found
    return found


def _shaped(lines: Lines, places: list[int], shape: str) -> list[int]:
    """Those that begin with the same punctuation."""
    return [at for at in places if at >= 0 and marks(lines.text[at]).startswith(shape)]


def _nearest(lines: Lines, places: list[int], most: int) -> list[int]:
    """The nearest ones, those above first among equals; never the line itself."""
    here = lines.at
    others = [at for at in places if at != here]
    return sorted(others, key=lambda at: (abs(at - here), at))[:most]


def voices(lines: Lines, prefix: Prefix) -> list[Voice]:
    """What each of these lines says, those with the most alike above them first, then the nearest."""
    found: list[Voice] = []
    for at, source in places(lines, prefix).items():
        renaming = Renaming()
        alike, foretold = context(lines, lines.at, at, renaming)
        known = len(renaming.whole)
        said = rest_by(tokens(lines.text[at]), prefix, renaming)
        if said is None:
            continue
        rest, sure, novel = said
        renamed = len(renaming.whole) - known
        found.append(Voice(at, rest, sure, alike, foretold, renamed, novel, source))
    found.sort(key=lambda voice: (-voice.foretold, -voice.alike, voice.renamed, abs(voice.line - lines.at)))
    return found


def agreement(best: Voice, other: Voice) -> int:
    """How many tokens two voices say alike from the first on; one more where both say that the line ends."""
    same = 0
    for mine, theirs in zip(best.rest[: best.known], other.rest[: other.known], strict=False):
        if mine != theirs:
            return same
        same += 1
    return same + (same == len(best.rest) == len(other.rest))


def held_out(lines: Lines, prefix: Prefix, target: int, source: int, renaming: Renaming | None = None) -> int:
    """How many tokens of line `target` after an equal share of it line `source` would have told rightly.

    One more if it tells the line's end as well; -1 if it is of another form. `renaming` is what is known
    from the lines above the two.
    """
    wanted = tokens(lines.text[target])
    count = len(prefix.whole)
    part = prefix.part
    if part and not wanted[count].startswith(part):
        part = wanted[count]
    share = Prefix("", "", wanted[:count], part)
    said = rest_by(tokens(lines.text[source]), share, renaming or Renaming())
    if said is None:
        return -1
    rest, known, _ = said
    truth = wanted[count:]
    if part:
        truth = (truth[0][len(part) :], *truth[1:])
    right = 0
    while right < min(known, len(truth)) and rest[right] == truth[right]:
        right += 1
    return right + (right == len(truth) == len(rest))


def proven(lines: Lines, prefix: Prefix, found: Sequence[Voice]) -> tuple[Voice, ...]:
    """The voices of a parallel block, if they make the line's rest certain by themselves; else none.

    The three lines right above say the same to the line's end, no voice says otherwise, what they say names
    what was typed, and each would have told the leading one's line.
    """
    best = found[0]
    if prefix.part or not prefix.whole or not best.renamed or best.known < len(best.rest):
        return ()
    own, done = tokens(lines.text[best.line]), len(prefix.whole)
    aligned = own[done - 1].isspace() and own[done - 1] != prefix.whole[-1]
    named = {inner(token) for token in prefix.whole}
    fresh = {inner(new) for old, new in zip(own[done:], best.rest, strict=True) if old != new}
    if aligned or not fresh or _LITERALS & named or not named >= fresh:
        return ()
    full, most = len(best.rest) + 1, found[:6]
    same = tuple(one for one in most if agreement(best, one) == full)
    right_above = {lines.at - 1, lines.at - 2, lines.at - 3}
    if len(same) < len(most) or not right_above <= {one.line for one in same}:
        return ()
    for one in same[1:3]:
        renaming = Renaming()
        context(lines, best.line, one.line, renaming)
        if held_out(lines, prefix, best.line, one.line, renaming) < full:
            return ()
    return same
