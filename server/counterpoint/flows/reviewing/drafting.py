"""The strategy in which the fast role drafts, and the deep role corrects, adds and confirms: what is made of
the drafts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from counterpoint.answers import Finding

_NEAR = 2


def confirmed(drafts: Sequence[Finding], findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The deep role's findings, those that say what a draft said as verified; then the drafts it does not
    speak of, as they were: silence refutes nothing, so they are not hidden."""
    left = list(drafts)
    made: list[Finding] = []
    for one in findings:
        draft = next((draft for draft in left if _alike(draft, one)), None)
        if draft is None:
            made.append(one)
            continue
        left.remove(draft)
        said = f"Drafted by {draft.model} and found by {one.model} as well."
        made.append(replace(one, status="verified", model=draft.model, verifier=one.model, said=said))
    ids = {one.id for one in made}
    return (*made, *(one for one in left if one.id not in ids))


def contested(draft: Finding, deep: str) -> Finding:
    """A draft that nobody looks at once more."""
    said = f"Drafted by {draft.model}; {deep or 'the second reader'} did not say so."
    return replace(draft, status="contested", said=said)


def _alike(draft: Finding, finding: Finding) -> bool:
    if draft.path != finding.path:
        return False
    apart = max(draft.start.line - finding.end.line, finding.start.line - draft.end.line)
    return apart <= 0 or (apart <= _NEAR and draft.category == finding.category)
