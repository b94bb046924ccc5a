"""What a second look's word is worth, and what follows from it. Pure.

A refutation counts only with a quote that stands in the code, that bears on the finding, and that says more
than the finding has quoted itself. A quote bears on a finding if it overlaps what the finding quotes or lies
within three lines of it; if it stands in the same definition; or, from anywhere else, if it gives a value or
a meaning to a name in the quoted code, or names the definition that the code is in. A quote that only repeats
the finding's own is an opinion: the finder had it before its eyes. "I do not see it" quotes nothing and is no
refutation. A confirmation must bear in the same way, but may repeat the finding's own quote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from counterpoint.answers import Evidence, Finding, Status, Verdict
from counterpoint.context.enclosing import enclosing_symbol
from counterpoint.locate import locate
from counterpoint.text import Document, Situation, Span

Word: TypeAlias = Literal["confirmed", "refuted", ""]
_NEAR = 3
_NAME = re.compile(r"[^\W\d][\w$]*")
_WORD = re.compile(r"\w+")
_SAID = 600
_WITHDRAWN = 0.1
COMMON = frozenset(
    {
        "and", "as", "async", "await", "break", "case", "catch", "class", "const", "continue", "def",
        "default", "del", "do", "elif", "else", "end", "except", "export", "extends", "false", "final",
        "finally", "fn", "for", "from", "func", "function", "go", "if", "impl", "import", "in", "int",
        "interface", "is", "lambda", "let", "match", "mut", "new", "nil", "none", "not", "null", "or",
        "pass", "private", "pub", "public", "raise", "return", "self", "static", "str", "string", "struct",
        "super", "switch", "this", "throw", "true", "try", "type", "undefined", "use", "var", "void",
        "while", "with", "yield",
    }
)  # fmt: skip
"""Words that name nothing of a program's own."""


@dataclass(frozen=True, slots=True)
class Vote:
    """What one look is worth: its word, "" for none that counts, what it said, and why it does not count:
    "silent", "unsure", "no-quote", "elsewhere" or "repeats". `faint`: whoever looked has seen little, or is a
    lesser model."""

    word: Word
    why: str = ""
    void: str = ""
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """`finding` as it stands now. `status` is "refuted" where the majority says so; a grave finding is then
    contested all the same."""

    finding: Finding
    status: Status | Literal["refuted"]


def is_grave(finding: Finding) -> bool:
    """True for findings that no refutation hides."""
    return finding.severity in ("P0", "P1")


def weighed(finding: Finding, verdict: Verdict | None, situation: Situation) -> Vote:
    """What a verdict on a finding is worth. Reads files of the situation."""
    if verdict is None:
        return Vote("", "", "silent")
    if verdict.holds == "unsure":
        return Vote("", verdict.why, "unsure")
    refutes = verdict.holds == "refuted"
    quotes = verdict.against if refutes else verdict.support
    if not quotes:
        return Vote("", verdict.why, "no-quote")
    stands = _Stands.of(finding, situation)
    bearing = [quote for quote in quotes if stands.bears(quote, situation)]
    if not bearing:
        return Vote("", verdict.why, "elsewhere")
    if refutes and not any(stands.adds(quote, situation) for quote in bearing):
        return Vote("", verdict.why, "repeats")
    return Vote("refuted" if refutes else "confirmed", verdict.why)


def is_decided(votes: Sequence[Vote], wanted: int) -> bool:
    """True once no further of `wanted` votes could change the majority, or all are cast."""
    words = [vote.word for vote in votes]
    half = wanted / 2
    return len(votes) >= wanted or words.count("confirmed") > half or words.count("refuted") > half


def judged(finding: Finding, votes: Sequence[Vote], verifier: str) -> Judged:
    """The finding after all votes, by the majority of those cast. One counted refutation among others that do
    not agree makes it contested, and so does a refutation by faint votes. Where they say nothing that counts,
    it is as if nobody had looked."""
    faint = any(vote.faint for vote in votes)
    counts = [vote for vote in votes if vote.word or not (faint or vote.void == "silent")]
    if not counts:  # nobody has judged it: the next run asks again
        return Judged(finding, finding.status)
    words = [vote.word for vote in votes]
    half = len(votes) / 2
    status: Status | Literal["refuted"] = "unverified"
    word: Word = ""
    if words.count("confirmed") > half:
        status, word = "verified", "confirmed"
    elif words.count("refuted") > half:
        status, word = "contested" if faint else "refuted", "refuted"
    elif "refuted" in words:
        status, word = "contested", "refuted"
    said = _said([vote for vote in votes if vote.word == word] or list(votes))
    shown: Status = "contested" if status == "refuted" else status
    return Judged(replace(finding, status=shown, verifier=verifier, said=said), status)


def answered(contested: Finding, vote: Vote, finder: str) -> Finding:
    """A contested finding after its finder's answer: it stays, whatever that says, but one that the finder
    takes back, with a quote that counts, is hardly believed any more."""
    if vote.word == "refuted":
        said = f"{contested.said} {finder} takes it back: {_sentence(vote.why)}"
        return replace(
            contested, said=_cut(said, 2 * _SAID), confidence=min(contested.confidence, _WITHDRAWN)
        )
    stands = vote.why and vote.void != "unsure"
    answer = f"stands by it: {_sentence(vote.why)}" if stands else "did not take it back."
    return replace(contested, said=_cut(f"{contested.said} {finder} {answer}", 2 * _SAID))


_VOID = {
    "silent": "It said nothing of this finding.",
    "unsure": "It could not tell.",
    "no-quote": "It quoted no code for it.",
    "elsewhere": "The code it quoted has nothing to do with the finding.",
    "repeats": "It quoted no more than the finding itself.",
}


def _said(votes: list[Vote]) -> str:
    vote = votes[0] if votes else Vote("", "", "silent")
    return " ".join(part for part in (_sentence(vote.why), _VOID.get(vote.void, "")) if part)


def _sentence(text: str) -> str:
    text = _cut(text, _SAID)
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _cut(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 3]}..."


@dataclass(frozen=True, slots=True)
class _Stands:
    """Where a finding and its evidence stand: (document, span), the definitions they are in, their names."""

    places: tuple[tuple[Document, Span], ...]
    definitions: frozenset[tuple[str, str]]
    names: frozenset[str]

    @classmethod
    def of(cls, finding: Finding, situation: Situation) -> _Stands:
        places: list[tuple[Document, Span]] = []
        own = document_of(finding.path, situation)
        if own is not None:
            places.append((own, Span(own.offset(finding.start), own.offset(finding.end))))
        places += [place for one in finding.evidence if (place := _placed(one, situation)) is not None]
        homes = {(one.path, enclosing_symbol(one, one.position(span.start).line)) for one, span in places}
        code = " ".join(one.text[span.start : span.end] for one, span in places)
        return cls(tuple(places), frozenset(home for home in homes if home[1]), frozenset(_names(code)))

    def bears(self, quote: Evidence, situation: Situation) -> bool:
        """Whether what is quoted has to do with the finding, as the module says."""
        placed = _placed(quote, situation)
        if placed is None:
            return False
        document, span = placed
        line = document.position(span.start).line
        if any(_near(document, span, other, own) for other, own in self.places):
            return True
        if (document.path, enclosing_symbol(document, line)) in self.definitions:
            return True
        text = document.text[span.start : span.end]
        homes = {name.rpartition(".")[2] for _, name in self.definitions}
        return not homes.isdisjoint(_names(text)) or any(_gives(name, text) for name in self.names)

    def adds(self, quote: Evidence, situation: Situation) -> bool:
        """Whether the quote has a word that the finding does not quote itself."""
        placed = _placed(quote, situation)
        if placed is None:
            return False
        document, span = placed
        mine = [own for other, own in self.places if other.path == document.path]
        return any(
            not any(own.start <= word.start() and word.end() <= own.end for own in mine)
            for word in _WORD.finditer(document.text, span.start, span.end)
        )


def document_of(path: str, situation: Situation) -> Document | None:
    """The document of a path in a situation, the one asked about first."""
    own = situation.document
    return own if path == own.path else situation.files.read(path)


def _placed(quote: Evidence, situation: Situation) -> tuple[Document, Span] | None:
    document = document_of(quote.path, situation)
    place = locate(document, quote.quote, quote.line) if document is not None else "absent"
    return None if document is None or isinstance(place, str) else (document, place.span)


def _near(document: Document, span: Span, other: Document, own: Span) -> bool:
    if document.path != other.path:
        return False
    first, last = document.position(span.start).line, document.position(span.end).line
    top, bottom = other.position(own.start).line, other.position(own.end).line
    return first <= bottom + _NEAR and top <= last + _NEAR


def _names(code: str) -> set[str]:
    return {name for name in _NAME.findall(code) if name.lower() not in COMMON}


def _gives(name: str, text: str) -> bool:
    """Whether the text declares a name, or gives it a value."""
    word = re.escape(name)
    declares = (
        rf"\b(?:def|class|fn|func|function|type|struct|interface|import|from|const|let|var)\b[^\n]*\b{word}\b"
    )
    assigns = rf"\b{word}\b(?:\s*:[^\n=]+)?\s*(?::=|=(?!=)|:)"
    return re.search(declares, text) is not None or re.search(assigns, text) is not None
