"""Messages of commits: which of them say what is to be done, and the instruction they make. Pure.

A message is written for people who see the change. What is kept of it must tell somebody who does not what to
do; what only they need (numbers of issues, who signed it off, the lines that were written) is left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from counterpoint.comparing import wording
from counterpoint.context.ranking import STOP, stem, subwords

LEAST_WORDS = 5
"""So many words of a message must tell something."""
_LEAST_SHOWN = 3
"""The same where the tests are shown as well."""
MOST_CHARACTERS = 1_200
MOST_POINTS = 5
"""A message with a longer list tells of several changes."""

_EXPLAINED = 12
"""So many words that tell something explain even an improvement."""
_NEWS = 3
"""A point of a list that has more words that tell something is a change by itself."""
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_$.-]*")
_COMMON = frozenset(map(stem, wording.COMMON))


def subject_of(message: str) -> str:
    """The first line of a message, without a picture in front of it."""
    return wording.PICTURED.sub("", message.strip().split("\n", 1)[0]).strip()


def why_not(message: str, *, asks: bool = True, shown: bool = False) -> str:
    """Why a message is no task, in words for a user; "" where it may be one. `asks` False: it is not what is
    asked, and only has to tell what kind of change it is; `shown` True: the tests are shown beside it."""
    text = message.strip()
    subject = subject_of(text)
    kind = wording.KIND.match(subject)
    if "(cherry picked from commit" in text:
        return "a merge or a copy of another commit"
    if kind and kind["kind"].lower() in wording.NOT_TO_DO:
        return "a kind of commit that brings no behaviour about"
    bare = subject[kind.end() :] if kind else subject
    for reason, pattern in wording.REASONS:
        if pattern.search(bare):
            return reason
    if wording.UNCHANGED.search(text):
        return "another shape of the same behaviour"
    if _points(text) > MOST_POINTS or wording.MUSING.search(text) or _tells_of_more(text):
        return "several changes at once"
    mends = kind is not None and kind["kind"].lower() in wording.MENDING
    return _why_not_asked(text, bare, mends=mends, shown=shown) if asks else ""


def _why_not_asked(text: str, subject: str, *, mends: bool, shown: bool) -> str:
    """Why a message cannot be asked in its own words. `subject` is without its kind; `mends`: that kind says
    that the commit puts something right. `shown`: its tests say how it is to be."""
    if wording.MENDED_ON_THE_WAY.search(text.partition("\n")[2]):
        return "several changes at once"
    if wording.BESIDES.search(text) or wording.TWOFOLD.search(subject):
        return "several changes at once"
    words = telling(stated(text))
    least = _LEAST_SHOWN if shown else LEAST_WORDS
    if len(words) < least or len(telling(_cleaned_line(subject))) < 2:
        return "a message of too few words"
    if not shown and len(words) < _EXPLAINED and _says_little(subject, mends=mends):
        return "a message that names nothing to be done"
    return ""


def _says_little(subject: str, *, mends: bool) -> bool:
    """Whether a subject only tells that something was put right or made better, and not how it is to be.
    `mends`: its kind says already that it puts something right."""
    if wording.BETTERED.search(subject) or wording.LIKENED.search(subject):
        return True
    return (mends or bool(wording.MENDED.search(subject))) and not wording.WISHED.search(subject)


def tells_when(message: str) -> bool:
    """Whether a message says under which condition something is to be done or left."""
    return bool(wording.CONDITIONS.search(message))


def is_addition(message: str) -> bool:
    """Whether a commit is said to bring something new."""
    subject = subject_of(message)
    kind = wording.KIND.match(subject)
    if kind and kind["kind"].lower() in ("feat", "feature", "add"):
        return True
    return bool(wording.ADDS.search(subject))


def is_fix(message: str) -> bool:
    """Whether a commit is said to mend something."""
    return bool(wording.FIXES.search(subject_of(message))) and not is_addition(message)


def is_fault(message: str) -> bool:
    """Whether a commit is said to mend something wrong as it stood, which a reader could have seen."""
    subject = subject_of(message)
    kind = wording.KIND.match(subject)
    said = wording.MEMBER.sub(" ", subject[kind.end() :] if kind else subject)
    return is_fix(message) and bool(wording.FAULTS.search(said))


def stated(message: str, written: Collection[str] = ()) -> str:
    """What a message asks for: without numbers, addresses, trailers, diffs, and what the change itself wrote,
    whose lines are `written`, without white space at either end."""
    text = wording.FENCE.sub(
        lambda block: "" if _is_answer(block[0], written) else block[0], message.replace("\r\n", "\n").strip()
    )
    _, *body = text.split("\n")
    rows = [_cleaned_line(_without_kind(subject_of(text))).strip(" \t-–:,")]
    said = telling(rows[0])
    dropped = False
    for row in body:
        if _told_elsewhere(row) or row.strip() in written:
            continue
        cleaned = _cleaned_line(row)
        point = wording.POINT.match(cleaned)
        dropped = not _is_news(cleaned[point.end() :], said) if point else dropped and row[:1].isspace()
        if dropped:  # with the rows that go on with it
            continue
        if cleaned != row.rstrip() and len(_WORD.findall(cleaned)) < 2:
            continue
        rows.append(cleaned)
    whole = re.sub(r"\n{3,}", "\n\n", "\n".join(rows)).strip()
    return _within(whole)


def telling(text: str) -> frozenset[str]:
    """The words of a text that tell one change from another, as stems; parts of names one by one."""
    found = set()
    for word in _WORD.findall(text):
        for part in subwords(word):
            if len(part) > 1 and part not in STOP and stem(part) not in _COMMON:
                found.add(stem(part))
    return frozenset(found)


def _told_elsewhere(row: str) -> bool:
    bare = row.strip()
    return bool(wording.TRAILER.match(bare) or wording.DIFF_LINE.match(row) or wording.AUTOMATIC.search(bare))


def _is_answer(block: str, written: Collection[str]) -> bool:
    """Whether code between fences is of the change itself, and no example of what is wanted."""
    head, *rows, _ = block.split("\n")
    if head.strip("`~ ").lower() in ("diff", "patch"):
        return True
    return any(row.strip() in written or wording.DIFF_LINE.match(row) for row in rows)


def _is_news(point: str, said: Collection[str]) -> bool:
    """Whether a point of a list tells more than the subject, and of what is to be done: lists often are the
    subjects of commits that became one."""
    kind = wording.KIND.match(point)
    if kind and kind["kind"].lower() in wording.NOT_TO_DO:
        return False
    bare = point[kind.end() :] if kind else point
    if any(pattern.search(bare) for _, pattern in wording.REASONS) or wording.HOUSEKEEPING.search(bare):
        return False
    return len(telling(bare) - frozenset(said)) > 1


def _without_kind(subject: str) -> str:
    """A subject without its kind; the scope, which says where, is kept."""
    kind = wording.KIND.match(subject)
    if kind is None or len(kind["kind"]) > 10:
        return subject
    known = kind["kind"].lower() in wording.TO_DO
    if not known:
        return subject
    rest = subject[kind.end() :]
    return f"{kind['scope']}: {rest}" if kind["scope"] else rest


def _cleaned_line(row: str) -> str:
    found = wording.ADDRESS.sub("", wording.NUMBERED.sub("", wording.LINK.sub(r"\1", row)))
    return row.rstrip() if found == row else found.rstrip(" \t-–:,")


def _tells_of_more(text: str) -> bool:
    """Whether there are subjects of several commits, or a list has points that make no task of their own
    beside those that do: what belongs to which cannot be told."""
    if max(len(found.findall(text)) for found in (wording.SQUASHED, wording.DONE)) > 1:
        return True
    left = [wording.POINT.sub("", row) for row in text.split("\n")[1:] if wording.POINT.match(row)]
    return any(
        pattern.search(point) and len(telling(point)) > _NEWS
        for point in left
        for _, pattern in wording.REASONS
    )


def _points(text: str) -> int:
    return sum(
        1
        for row in text.split("\n")[1:]
        if wording.POINT.match(row) and not wording.TRAILER.match(row.strip())
    )


def _within(text: str) -> str:
    """A text, or as many of its paragraphs as there is room for."""
    kept = ""
    for part in text.split("\n\n"):
        longer = f"{kept}\n\n{part}" if kept else part
        if len(longer) > MOST_CHARACTERS:
            break
        kept = longer
    return kept or text[:MOST_CHARACTERS]
