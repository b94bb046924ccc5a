"""The last step: a raw reply becomes an answer of the task's shape, or less of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from counterpoint.answers import Answer, ChangeSet, Dropped, Findings, Insertion, Prose, Verdicts
from counterpoint.edits import EDITS_SCHEMA, read_changes
from counterpoint.errors import BadAnswer
from counterpoint.findings_reply import FINDINGS_SCHEMA, read_findings
from counterpoint.insertion import insertion
from counterpoint.text import Situation
from counterpoint.verdicts_reply import VERDICTS_SCHEMA, read_verdicts

SCHEMAS: Mapping[type, tuple[str, Mapping[str, Any]]] = {
    Findings: ("findings", FINDINGS_SCHEMA),
    ChangeSet: ("edits", EDITS_SCHEMA),
    Verdicts: ("verdicts", VERDICTS_SCHEMA),
}
"""Name and JSON Schema asked for, by shape; the other shapes are plain text."""


def read(shape: type[Answer], raw: str, situation: Situation, model: str, cut: bool = False) -> Answer:
    """Read and check a reply; `cut` where the model reached its limit. Raises BadAnswer if nothing of the
    shape is in it."""
    if shape is Insertion:
        return insertion(raw, situation)
    if shape is Findings:
        return read_findings(raw, situation, model=model)
    if shape is ChangeSet:
        return read_changes(raw, situation, cut=cut)
    if shape is Verdicts:
        return read_verdicts(raw, situation)
    text = raw.strip()
    if not text:
        raise BadAnswer("The model's answer is empty.", fix="Ask again, or word it differently.")
    return Prose(text, (Dropped("cut-off", "the answer ended amid what it had to say"),) if cut else ())
