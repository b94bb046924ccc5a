"""Findings after random edit scripts over real files: each must be on its node, stale on what is left of
it, or gone; never on other code.

    python -m tests.bench.anchors [scripts] [folder ...]

Every character has an identity, which the scripts carry along: cut and pasted text keeps it, copied text has
that of a copy. Each script is judged twice: live, through the documents of the language server with every
version shown, and at rest, from what is remembered and the text at the end. At rest no history is known: a
place that the text explains as well as the true one (a twin of which either may have been deleted) counts as
`twin`, and must be rare.
"""

from __future__ import annotations

import random
import sys
import sysconfig
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from counterpoint.anchors import normalise
from counterpoint.answers import Finding
from counterpoint.findings.coding import decoded, encoded
from counterpoint.lsp.documents import Change, Documents
from counterpoint.lsp.findings import Shown
from counterpoint.reviewing.anchoring import GONE, Stale, Where, anchors_of, places
from counterpoint.reviewing.lines import print_of
from counterpoint.text import Document, Span, language_of, split_lines

SUFFIXES = (".py", ".js", ".ts", ".c", ".h", ".go", ".rs", ".java", ".rb", ".cpp", ".css", ".pyi")
COPY = 10_000_000
NODES = 20

Char: TypeAlias = tuple[str, int]
Verdict: TypeAlias = str


@dataclass
class Buffer:
    """A text of characters with identities, edited; every edit is told as offsets in the text before it."""

    chars: list[Char]
    tell: Callable[[int, int, str], None]
    new: Iterator[int]
    done: list[tuple[int, list[Char], list[Char]]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(char for char, _ in self.chars)

    def replace(self, start: int, end: int, chars: Sequence[Char]) -> None:
        self.tell(start, end, "".join(char for char, _ in chars))
        self.done.append((start, self.chars[start:end], list(chars)))
        self.chars[start:end] = chars

    def fresh(self, text: str) -> list[Char]:
        return [(char, next(self.new)) for char in text]

    def undo(self) -> None:
        if self.done:
            start, old, new = self.done.pop()
            self.replace(start, start + len(new), old)
            self.done.pop()

    def starts(self) -> list[int]:
        found = [0]
        for line in split_lines(self.text):
            found.append(found[-1] + len(line))
        return found


def _block(random_: random.Random, starts: Sequence[int], most: int) -> tuple[int, int]:
    first = random_.randrange(max(1, len(starts) - 1))
    last = min(len(starts) - 1, first + random_.randint(1, most))
    return starts[first], starts[last]


def _script(buffer: Buffer, random_: random.Random, donors: Sequence[str], count: int) -> None:
    for _ in range(count):
        random_.choices(_ACTS, _ODDS)[0](buffer, random_, donors)


def _insert(buffer: Buffer, random_: random.Random, donors: Sequence[str]) -> None:
    at = random_.choice(buffer.starts())
    lines = [random_.choice(donors) for _ in range(random_.randint(1, 4))]
    buffer.replace(at, at, buffer.fresh("".join(line + "\n" for line in lines)))


def _type(buffer: Buffer, random_: random.Random, donors: Sequence[str]) -> None:
    at = random_.choice(buffer.starts())
    for char in random_.choice(donors)[:30] + "\n":
        buffer.replace(at, at, buffer.fresh(char))
        at += 1


def _delete(buffer: Buffer, random_: random.Random, donors: Sequence[str]) -> None:
    start, end = _block(random_, buffer.starts(), 6)
    buffer.replace(start, end, [])


def _copy(buffer: Buffer, random_: random.Random, donors: Sequence[str]) -> None:
    start, end = _block(random_, buffer.starts(), 8)
    at = random_.choice(buffer.starts())
    buffer.replace(at, at, [(char, one % COPY + COPY) for char, one in buffer.chars[start:end]])


def _move(buffer: Buffer, random_: random.Random, donors: Sequence[str]) -> None:
    start, end = _block(random_, buffer.starts(), 12)
    held = buffer.chars[start:end]
    buffer.replace(start, end, [])
    at = random_.choice(buffer.starts())
    buffer.replace(at, at, held)


def _reword(buffer: Buffer, random_: random.Random, donors: Sequence[str]) -> None:
    text = buffer.text
    spots = [at for at in range(1, len(text)) if text[at].isalnum() and not text[at - 1].isalnum()]
    if spots:
        start = end = random_.choice(spots)
        while end < len(text) and text[end].isalnum():
            end += 1
        buffer.replace(start, end, buffer.fresh(f"name{random_.randrange(100)}"))


def _indent(buffer: Buffer, random_: random.Random, donors: Sequence[str]) -> None:
    start, end = _block(random_, buffer.starts(), 10)
    for at in sorted((one for one in buffer.starts() if start <= one < end), reverse=True):
        buffer.replace(at, at, buffer.fresh("  "))


def _comment(buffer: Buffer, random_: random.Random, donors: Sequence[str]) -> None:
    at = random_.choice(buffer.starts())
    buffer.replace(at, at, buffer.fresh(f"# note {random_.randrange(1000)}\n"))


def _split(buffer: Buffer, random_: random.Random, donors: Sequence[str]) -> None:
    text = buffer.text
    spots = [at for at in range(1, len(text)) if text[at] == " " and text[at - 1] in "(,=+" + "{["]
    if spots:
        at = random_.choice(spots)
        buffer.replace(at, at + 1, buffer.fresh("\n        "))


def _format(buffer: Buffer, random_: random.Random, donors: Sequence[str]) -> None:
    """All of the text is replaced by itself with half the indentation, as some clients tell of formatting."""
    chars: list[Char] = []
    beginning = True
    for char, one in buffer.chars:
        if beginning and char == " " and one % 2:
            continue
        beginning = char in "\n\r" or (beginning and char == " ")
        chars.append((char, one))
    buffer.replace(0, len(buffer.chars), chars)


def _undo(buffer: Buffer, random_: random.Random, donors: Sequence[str]) -> None:
    for _ in range(random_.randint(1, 3)):
        buffer.undo()


_ACTS = (_insert, _type, _delete, _copy, _move, _reword, _indent, _comment, _split, _format, _undo)
_ODDS = (3, 1, 4, 2, 2, 4, 2, 2, 2, 0.5, 2)


@dataclass(frozen=True)
class Truth:
    """What became of a node: where it is, or where what is left of it is; `copies` of it count as it."""

    state: str
    span: Span | None
    copies: tuple[Span, ...] = ()
    frame: Span | None = None
    """What stands between its old neighbours now, if that is little: what it was replaced by."""


def truth_of(node: Sequence[Char], chars: Sequence[Char], where: dict[int, int]) -> Truth:
    """By the identities of its characters, white space aside."""
    own = [one for char, one in node if not char.isspace()]
    left = [where[one] for one in own if one in where]
    copies = tuple(_runs([one + COPY for one in own], chars))
    if not left:
        return Truth("deleted", None, copies)
    low, high = min(left), max(left) + 1
    inside = [one for char, one in chars[low:high] if not char.isspace()]
    joined = _word(chars, low - 1, low) or _word(chars, high - 1, high)
    if inside == own and not joined and not _broken(node, chars[low:high]):
        return Truth("untouched", Span(low, high), copies)
    return Truth("changed", Span(low, high), copies)


def _frame(node: Span, buffer: Buffer, where: dict[int, int], text: str) -> Span | None:
    """What stands between the neighbours a deleted node had on its line."""
    left, right = node.start - 1, node.end
    while left >= 0 and text[left] == " ":
        left -= 1
    while right < len(text) and text[right] == " ":
        right += 1
    if left not in where or right not in where or "\n" in (text[left], text[right]):
        return None
    low, high = where[left] + 1, where[right]
    return Span(low, high) if low < high <= low + 200 else None


def _moved_alone(node: Span, buffer: Buffer, where: dict[int, int], text: str) -> bool:
    """An untouched node of a line that nothing it stood next to came along with."""
    first = text.rfind("\n", 0, node.start) + 1
    end = text.find("\n", node.end)
    above = [one for one in range(max(0, first - 200), first) if not text[one].isspace()]
    below = [one for one in range(end, min(len(text), end + 200)) if end > 0 and not text[one].isspace()]
    near = [one for one in (above[-1:] + below[:1]) if one in where]
    low, high = where[node.start], where[node.end - 1]
    return not any(_only_space(buffer.chars, low, high, where[one], text, node) for one in near)


def _only_space(chars: Sequence[Char], low: int, high: int, other: int, text: str, node: Span) -> bool:
    """Whether a neighbour still is one: between it and the node stands nothing but what stood there."""
    between = chars[other + 1 : low] if other < low else chars[high + 1 : other]
    return sum(not char.isspace() for char, _ in between) <= 200 and all(
        one < COPY for char, one in between if not char.isspace()
    )


def _truth(text: str, span: Span, buffer: Buffer, where: dict[int, int]) -> Truth:
    """The same for a span of the first text; the words it reaches into are part of the node."""

    def of(start: int, end: int) -> Truth:
        return truth_of(list(zip(text[start:end], range(start, end), strict=True)), buffer.chars, where)

    start, end = span.start, span.end
    while start and _is_word(text[start]) and _is_word(text[start - 1]):
        start -= 1
    while end < len(text) and _is_word(text[end]) and _is_word(text[end - 1]):
        end += 1
    own, whole = of(span.start, span.end), of(start, end)
    return whole if own.state == "untouched" and whole.state != "untouched" else own


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _broken(node: Sequence[Char], now: Sequence[Char]) -> bool:
    """White space put into a word, or taken from between two, changes the code."""
    was, is_ = ("".join(char for char, _ in some) for some in (node, now))
    return normalise(was) != normalise(is_)


def _word(chars: Sequence[Char], one: int, other: int) -> bool:
    """Two characters next to each other that make one word and did not before."""
    if not (one >= 0 and other < len(chars)):
        return False
    (a, first), (b, second) = chars[one], chars[other]
    apart = second != first + 1
    return apart and all(char.isalnum() or char == "_" for char in (a, b))


def _runs(own: Sequence[int], chars: Sequence[Char]) -> Iterator[Span]:
    """Places of a copy that is whole."""
    solid = [(one, at) for at, (char, one) in enumerate(chars) if not char.isspace()]
    for number, (one, at) in enumerate(solid):
        if one == own[0]:
            some = solid[number : number + len(own)]
            if [item for item, _ in some] == list(own):
                yield Span(at, some[-1][1] + 1)


def judged(found: Where, truth: Truth, text: str) -> Verdict:
    """ "ok", or what is wrong."""
    if isinstance(found, Span):
        if truth.state in ("untouched", "moved alone"):
            return "ok" if found == truth.span or found in truth.copies else "wrong place"
        if found in truth.copies:
            return "ok"
        if truth.state == "changed" and truth.span and _meets(found, truth.span):
            return "ok"  # retyped as it was
        return "wrong token"
    if truth.state in ("untouched", "moved alone"):
        return "lost" if found == GONE else "taken for changed"
    if isinstance(found, Stale):
        if truth.state == "changed" and truth.span and _meets(found.span, truth.span):
            return "ok"
        if truth.frame and truth.frame.start <= found.span.start and found.span.end <= truth.frame.end:
            return "ok"
        return "stale elsewhere"
    return "ok"


def _meets(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def excused(anchor_line: int, old: Document, new: Document, found: Span, truth: Truth) -> bool:
    """Whether the text explains the place found at least as well as the true history does, line by line."""
    a, b = map(_keys, (old, new))
    at = new.position(found.start).line
    if a[anchor_line] != b[at]:
        return False
    real = new.position(truth.span.start).line if truth.span else None
    mine = _common(a[:anchor_line], b[:at]) + 1 + _common(a[anchor_line + 1 :], b[at + 1 :])
    if real is None:
        gone = _common(a[:anchor_line] + a[anchor_line + 1 :], b)
        return mine >= gone
    true = _common(a[:anchor_line], b[:real]) + 1 + _common(a[anchor_line + 1 :], b[real + 1 :])
    return mine >= true


def _keys(document: Document) -> list[bytes]:
    prints = print_of(document.lines)
    return [prints[at + 1 : at + 4] for at in range(0, len(prints), 4)]


def _common(a: Sequence[bytes], b: Sequence[bytes]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(b) + 1)
    for one in a:
        last, row = row, [0]
        for at, other in enumerate(b):
            row.append(last[at] + 1 if one == other else max(row[-1], last[at + 1]))
    return row[-1]


def nodes(text: str, random_: random.Random, count: int = NODES) -> list[Span]:
    """Spans such as models quote: whole lines without their indentation, pieces of lines, a few lines."""
    lines, found, at = split_lines(text), set(), [0]
    for line in lines:
        at.append(at[-1] + len(line))
    solid = [number for number, line in enumerate(lines) if len(line.strip()) > 2]
    for _ in range(6 * count):
        number = random_.choice(solid)
        line = lines[number]
        start = at[number] + len(line) - len(line.lstrip())
        end = at[number] + len(line.rstrip())
        kind = random_.random()
        if kind < 0.3:
            words = [
                one for one in range(start, end) if text[one].isalnum() and not text[one - 1 : one].isalnum()
            ]
            start = random_.choice(words) if words else start
            end = random_.randint(start + 1, end)
            while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
                end += 1
        elif kind > 0.85 and number + 2 < len(lines):
            end = at[number + 2] + len(lines[number + 2].rstrip())
        while end > start and text[end - 1].isspace():
            end -= 1
        if end > start and any(char.isalnum() for char in text[start:end]):
            found.add(Span(start, end))
        if len(found) == count:
            break
    return sorted(found)


def finding(document: Document, span: Span, name: str) -> Finding:
    made: dict[str, Any] = {
        "id": name, "path": document.path, "start": document.position(span.start),
        "end": document.position(span.end), "severity": "P1", "confidence": 0.9, "category": "logic",
        "lens": "correctness", "title": "Wrong", "body": "", "status": "verified",
    }  # fmt: skip
    return Finding(**made)


def run(path: Path, seed: int, donors: Sequence[str]) -> tuple[Counter[str], Counter[str]]:
    """One script; counts of verdicts live and at rest, by what became of the node."""
    random_ = random.Random(seed)
    text = _piece(path.read_text("utf-8"), random_)
    uri = f"file:///w/{path.name}"
    documents, shown = Documents(lambda one: path.name, "utf-32"), Shown()
    base = documents.open(uri, language_of(path.name), 1, text)
    shown.opened("k", base)
    spans = nodes(text, random_)
    items = [finding(base, span, f"f{number}") for number, span in enumerate(spans)]
    kept = decoded(encoded(anchors_of(items, base)))
    late = random_.random() < 0.3  # the review ends while somebody types
    if not late:
        shown.put("k", "review", base, items)

    def tell(start: int, end: int, new: str) -> None:
        before = documents.get(uri)
        assert before is not None
        places_ = [before.position(one) for one in (start, end)]
        log: list[Any] = []
        first, last = ((one.line, one.column) for one in places_)
        after = documents.change(uri, (before.version or 0) + 1, [Change(new, (first, last))], log)
        assert after is not None
        shown.follow("k", before, after, log)
        if random_.random() < 0.3:
            shown.placed("k", after)

    counter = iter(range(2 * COPY, 3 * COPY))
    buffer = Buffer([(char, number) for number, char in enumerate(text)], tell, counter)
    _script(buffer, random_, donors, random_.randint(3, 40))
    now = documents.get(uri)
    assert now is not None and now.text == buffer.text
    if late:
        shown.put("k", "review", base, items)
    where = {one: at for at, (_, one) in enumerate(buffer.chars)}
    truths = [_truth(text, span, buffer, where) for span in spans]
    placed = {one.finding.id: one for one in shown.placed("k", now)}
    live, rest = Counter[str](), Counter[str]()
    offline = places([one.anchor for one in kept], now)
    truths = [
        replace(truth, frame=_frame(span, buffer, where, text)) if truth.state == "deleted" else truth
        for span, truth in zip(spans, truths, strict=True)
    ]
    truths = [
        replace(truth, state="moved alone")
        if truth.state == "untouched" and _moved_alone(span, buffer, where, text)
        else truth
        for span, truth in zip(spans, truths, strict=True)
    ]
    for item, truth, found in zip(items, truths, offline, strict=True):
        one = placed.get(item.id)
        here: Where = GONE if one is None else Stale(one.span) if one.finding.status == "stale" else one.span
        verdict = judged(here, truth, now.text)
        live[f"{truth.state}: {verdict}"] += 1
        if verdict != "ok" and VERBOSE:
            show("live", path, seed, item, base, now, here, truth, verdict)
        verdict = judged(found, truth, now.text)
        if verdict != "ok" and isinstance(found, Span) and excused(item.start.line, base, now, found, truth):
            verdict = "twin"
        rest[f"{truth.state}: {verdict}"] += 1
        if verdict not in ("ok", "twin") and VERBOSE:
            show("rest", path, seed, item, base, now, found, truth, verdict)
    return live, rest


VERBOSE = False


def show(*what: Any) -> None:
    mode, path, seed, item, base, now, found, truth, verdict = what
    old = base.text[base.offset(item.start) : base.offset(item.end)]
    span = found if isinstance(found, Span) else found.span if isinstance(found, Stale) else None
    new = now.text[span.start : span.end] if span else None
    real = now.text[truth.span.start : truth.span.end] if truth.span else None
    print(f"{mode} {verdict} {path.name} seed {seed} line {item.start.line}: {old!r} -> {found} {new!r}; "
          f"{truth.state} {truth.span} {real!r}")  # fmt: skip


def _piece(text: str, random_: random.Random) -> str:
    """At most some hundred lines of a file."""
    lines = split_lines(text)
    first = random_.randrange(max(1, len(lines) - 300))
    return "".join(lines[first : first + 300])


def corpus(folders: Sequence[Path], limit: int = 400) -> list[Path]:
    """Source files of a fair size, the same on each run."""
    files = sorted(one for folder in folders for one in folder.rglob("*") if one.suffix in SUFFIXES)
    random.Random(1).shuffle(files)
    good = []
    for one in files:
        if one.is_file() and 1_500 < one.stat().st_size < 80_000:
            try:
                text = one.read_text("utf-8")
            except (OSError, UnicodeDecodeError):
                continue
            if max(map(len, text.split("\n"))) < 400:
                good.append(one)
        if len(good) == limit:
            break
    return good


def main(arguments: Sequence[str]) -> int:
    scripts = int(arguments[0]) if arguments else 200
    folders = [Path(one) for one in arguments[1:]] or [Path(sysconfig.get_paths()["purelib"])]
    files = corpus(folders)
    donors = [
        line for one in files[:40] for line in one.read_text("utf-8").split("\n") if len(line.strip()) > 3
    ]
    live, rest = Counter[str](), Counter[str]()
    for seed in range(scripts):
        a, b = run(files[seed % len(files)], seed, donors)
        live += a
        rest += b
    kinds = Counter(one.suffix for one in files)
    print(f"{scripts} scripts over {len(files)} files {dict(kinds)}")
    for name, counts in (("live", live), ("at rest", rest)):
        print(name)
        for what, count in sorted(counts.items()):
            print(f"  {what:32} {count:7}")
    bad = sum(count for what, count in live.items() if not what.endswith(": ok"))
    return 1 if bad else 0


if __name__ == "__main__":
    VERBOSE = "-v" in sys.argv
    sys.exit(main([one for one in sys.argv[1:] if one != "-v"]))
