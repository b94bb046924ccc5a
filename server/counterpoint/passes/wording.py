"""Wording that a literal model obeys too well: told to hold back, it finds a defect and keeps it to itself.

A pass says what counts, as concretely as it can. How bad and how sure is said of every finding, and filtered
after it was found: filtering while finding cannot be undone, counted or switched off. Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBER = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|a few|a handful of|a couple of)"
_THINGS = r"(?:finding|issue|comment|problem|bug|defect|item|point|suggestion|remark|result)s?"
_SO_MANY = rf"{_NUMBER} (?:\w+ ){{0,2}}{_THINGS}"
_TELL = (
    r"(?:report|flag|mention|list|raise|comment on|include|give|return|show|name|note|look (?:for|at)"
    r"|point out)"
)
_VERY = r"(?:the )?(?:most |very |truly |really )?"
_GRAVE = (
    r"(?:important|critical|major|serious|severe|significant|blocking|blockers?|worst|real|obvious|clear"
    r"|high[- ](?:severity|priority|impact)|definite|genuine|certain)"
)
_SLIGHT = (
    r"(?:minor|small|trivial|low[- ](?:severity|priority|impact)|cosmetic|unimportant|tiny|edge[- ]cases?)"
)
_NOT = r"(?:do not|don't|never|no need to|avoid|without)"

_FILTERED = "Say what counts by its trigger or consequence; severity and confidence are filtered afterwards."
_COUNTED = "Leave the number out; findings are ranked and filtered after they were found."
_SURE = "Ask for every one with an honest confidence; a second look and a filter come afterwards."
_KIND = "Name the kind of remark you do not want, such as naming or white space, instead of its weight."
_LENGTH = "Leave the length out; the form of a finding is given already."


@dataclass(frozen=True, slots=True)
class Notice:
    """A phrase at a 1-based line, what a literal model makes of it, and what to write instead."""

    line: int
    phrase: str
    why: str
    fix: str

    def __str__(self) -> str:
        return f'line {self.line}: "{self.phrase}" {self.why}. {self.fix}'


_HELD_BACK = "makes it keep true findings back"
_LEFT_OUT = "makes it leave out what it takes for less"

_WORDING: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        (
            r"(?:be|stay|remain) (?:very |rather |more |quite )?(?:conservative|cautious|selective|lenient)",
            r"(?:be|stay|remain) (?:very |rather |more |quite )?(?:restrained|reluctant)",
            r"conservatively",
            r"err on the side of (?:caution|silence|fewer|less)",
        ),
        _HELD_BACK,
        _FILTERED,
    ),
    (
        (
            rf"only (?:ever )?(?:{_TELL} )?(?:on )?(?:for )?{_VERY}{_GRAVE}",
            rf"{_TELL} only {_VERY}{_GRAVE}",
            rf"(?:focus|concentrate) (?:only |solely |exclusively )?on {_VERY}{_GRAVE}",
        ),
        _LEFT_OUT,
        _FILTERED,
    ),
    (
        (
            r"nit[- ]?pick\w*",
            r"nits?",
            r"(?:too |overly )?(?:pedantic|picky)",
            r"(?:low|less)[- ]noise",
            r"noisy",
            r"false positives?",
        ),
        "makes it leave out small defects that are true",
        _KIND,
    ),
    (
        (
            rf"{_NOT} (?:{_TELL}|bother with|worry about|report(?:ing)?) (?:any |all |the )?{_SLIGHT}",
            rf"(?:ignor(?:e|ing)|skip(?:ping)?|leav(?:e|ing) out|omit(?:ting)?) (?:any |all |the )?{_SLIGHT}",
        ),
        _LEFT_OUT,
        _KIND,
    ),
    (
        (
            rf"(?:at most|(?:no|not) more than|up to|(?:a )?max(?:imum)?(?: of)?) {_SO_MANY}",
            rf"(?:fewer than|less than|(?:the )?top|only the first) {_SO_MANY}",
            rf"limit (?:yourself |it |this )?to {_SO_MANY}",
            rf"limit the number of {_THINGS}",
            rf"as few {_THINGS}",
        ),
        "makes it drop what is over the number",
        _COUNTED,
    ),
    (
        (
            r"(?:only )?(?:if|when|unless|where) you(?:'re| are)(?: not)? (?:\w+ )?(?:sure|certain)",
            r"(?:if|when|unless) you(?:'re| are)(?: not)? (?:\w+ )?confident",
            r"(?:if|when) (?:in doubt|unsure|uncertain|not sure)",
            r"(?:with )?high[- ]confidence",
            r"beyond (?:any )?doubt",
        ),
        "makes it keep back what it could not prove at once",
        _SURE,
    ),
    (
        (
            r"be (?:as )?(?:brief|short|concise|terse|succinct)",
            r"keep (?:it|this|them|your answer|answers) (?:as )?(?:brief|short|concise)",
        ),
        "makes it find less, not only say less",
        _LENGTH,
    ),
)
_RULES = tuple(
    (re.compile(rf"\b(?:{'|'.join(parts)})\b", re.IGNORECASE), why, fix) for parts, why, fix in _WORDING
)
_DENIED = re.compile(r"(?:\bnot|\bnever|n't|\bno longer|\bneed not)\s+(?:\w+\s+)?$", re.IGNORECASE)
_HOLDING_BACK = frozenset({_FILTERED, _LENGTH})


def lint(text: str) -> tuple[Notice, ...]:
    """Phrases to change, in order. "Do not be conservative" is none: it says the opposite."""
    # A phrase may run over the end of a line; every character stays one, so that places hold.
    flat = re.sub(r"\s", " ", text.replace("’", "'"))
    found: dict[int, Notice] = {}
    taken = 0
    hits = sorted(
        ((match.start(), match, why, fix) for rule, why, fix in _RULES for match in rule.finditer(flat)),
        key=lambda hit: (hit[0], -hit[1].end()),
    )
    for at, match, why, fix in hits:
        if at < taken or (fix in _HOLDING_BACK and _DENIED.search(flat[:at])):
            continue
        taken = match.end()
        found[at] = Notice(text.count("\n", 0, at) + 1, match.group().strip(), why, fix)
    return tuple(found.values())
