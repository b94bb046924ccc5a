"""How code of other files stands in a prompt: before all that changes, in the batches in which it came."""

from __future__ import annotations

import pytest

from counterpoint.context import Snippet
from counterpoint.context.instructions import WHY
from counterpoint.context.question import Selection
from counterpoint.models import load_catalogue
from counterpoint.prompt import render
from counterpoint.tasks import COMPLETE, EDIT, REVIEW, Task
from counterpoint.text import Document, Situation, Span

MODEL = load_catalogue().model("claude-opus-4-7")
DOCUMENT = Document.of("a.py", "x = 1\ny = 2\n", "python")
TOLD = Snippet("AGENTS.md", 1, 1, "Use tabs.", WHY, 3)


def code(path: str, first: int, text: str, why: str = "called here") -> Snippet:
    return Snippet(path, first, first + text.count("\n"), text, why, len(text) // 4)


@pytest.mark.parametrize("task", [COMPLETE, EDIT, REVIEW])
def test_what_lasts_comes_first_and_each_batch_is_a_part_of_its_own(task: Task) -> None:  # type: ignore[type-arg]
    situation = Situation(DOCUMENT, Span(6, 6), instruction="Make x two")
    snippets = (TOLD, code("b.py", 9, "b = $1"), code("c.py", 1, "<!-- part -->\nc"), code("d.py", 2, "d"))
    one = render(task, situation, Selection(snippets[:3], batches=(2,)), MODEL, 1_000)
    two = render(task, situation, Selection(snippets, batches=(2, 1)), MODEL, 1_000)
    bare = render(task, situation, Selection(), MODEL, 1_000)
    assert one.parts[0] == '<project_text from="AGENTS.md">\nUse tabs.\n</project_text>\n'
    labels = ("b.py", "c.py", "d.py")
    if task is not COMPLETE:
        labels = ("b.py:9-9 (called here)", "c.py:1-2 (called here)", "d.py:2-2 (called here)")
    assert one.parts[1] == (
        f"File: a.py (python)\nFrom {labels[0]}:\nb = $1\nFrom {labels[1]}:\n<!-- part -->\nc\n"
    )
    assert two.parts[:2] == one.parts[:2]
    # What was added later stands behind the file where a completion's begins: there it moves least.
    if task is COMPLETE:
        assert two.parts[2] == "<file>\n<here/>\n</file>\n"
        assert (two.parts[3], two.parts[4:]) == (f"From {labels[2]}:\nd\n", one.parts[3:])
    else:
        assert (two.parts[2], two.parts[3:]) == (f"From {labels[2]}:\nd\n", one.parts[2:])
    assert one.parts[2:] == bare.parts[1:]
    assert bare.parts[0] == "File: a.py (python)\n"
    assert {one.system, two.system, bare.system} == {bare.system}


def test_lines_of_one_file_chosen_for_one_reason_share_a_label() -> None:
    chosen = (
        code("b.py", 9, "nine"),
        code("c.py", 1, "one"),
        code("b.py", 3, "three\nfour"),
        code("b.py", 6, "six", "x"),
    )
    made = render(EDIT, Situation(DOCUMENT, Span(0, 5)), Selection(chosen), MODEL, 1_000)
    assert made.parts[0] == (
        "File: a.py (python)\nFrom b.py:3-4, 9-9 (called here):\nthree\nfour\nnine\n"
        "From c.py:1-1 (called here):\none\nFrom b.py:6-6 (x):\nsix\n"
    )


def test_a_completion_s_labels_are_brief_and_tell_code_to_imitate() -> None:
    chosen = (
        code("b.py", 9, "nine", "named in this file"),
        code("b.py", 3, "three", "member of Three, the type of x"),
        code("b.py", 20, "like", "named here; similar code: like calls the same functions"),
        code("c.py", 1, "new", "edited 7 s ago"),
    )
    made = render(COMPLETE, Situation(DOCUMENT, Span(0, 0)), Selection(chosen), MODEL, 1_000)
    assert made.parts[0] == (
        "File: a.py (python)\nFrom b.py:\nthree\nnine\nFrom b.py (similar code):\nlike\n"
        "From c.py (just edited):\nnew\n"
    )
