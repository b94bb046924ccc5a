"""Files that C and shell scripts take in by name are known, and shown whole where there is room."""

from __future__ import annotations

import pytest

from counterpoint.context.extract import facts_of
from counterpoint.context.question import Question
from counterpoint.context.select import select
from counterpoint.context.symbols import Held

HEADER = "int ring_push(int value);\nint ring_pop(int *value);\n"
LIBRARY = 'log() { echo "$*"; }\nretry() { "$@" || "$@"; }\n'


@pytest.mark.parametrize(
    ("language", "path", "text", "library", "content", "wanted"),
    [
        ("c", "c/main.c", '#include "ring.h"\nint main(void) {\n  ', "c/ring.h", HEADER, "ring_pop"),
        ("c", "c/main.c", '#include "../in/ring.h"\nint main(void) {\n  ', "in/ring.h", HEADER, "ring_pop"),
        (
            "shellscript",
            "sh/run.sh",
            'source "$(dirname "$0")/lib.sh"\nmain() {\n  ',
            "sh/lib.sh",
            LIBRARY,
            "retry",
        ),
    ],
)
def test_what_an_included_file_defines_is_at_hand(
    language: str, path: str, text: str, library: str, content: str, wanted: str
) -> None:
    files = {path: text, library: content}
    held = Held((facts_of(name, language, body.encode()), body.split("\n")) for name, body in files.items())
    lines = text.split("\n")
    question = Question("completion", path, language, text, line=len(lines) - 1, column=len(lines[-1]))
    assert wanted in "\n".join(one.text for one in select(question, held).snippets)
