"""The page that answers "why this completion?" and "why nothing?"."""

from __future__ import annotations

from counterpoint.inline.told import Told
from counterpoint.lsp.told_page import page

SHOWN = Told(
    "src/a.py",
    11,
    1_795_000_000.0,
    source="model",
    decision="after a bracket",
    chance=0.42,
    job="j1",
    model="GPT-5.5",
    total=0.62,
    delay=0.035,
    context=0.021,
    first_token=0.41,
    stream=0.15,
    filters=0.0001,
    cost_usd=0.0031,
    input_tokens=2_345,
    snippets=7,
    late="git history",
    fired=("fence", "overlap"),
)


def test_a_suggestion_is_explained_whole() -> None:
    text = page([SHOWN])
    assert text.startswith("## Completion in `src/a.py`, line 12\n")
    for part in (
        "shown, answered by a call made for it",
        "after a bracket; chance that it is kept: 42%",
        "GPT-5.5, 2,345 tokens read, $0.0031",
        "7 pieces of other code; too late: git history",
        "620 ms (pause 35 ms, context and prompt 21 ms, first token 410 ms, rest of the stream 150 ms)",
        "filters that changed it: fence, overlap",
    ):
        assert part in text
    assert "Before that" not in text


def test_nothing_shown_has_a_reason_and_earlier_requests_a_line_each() -> None:
    text = page([Told("a.py", 0, 1_795_000_000.0, reason="paused"), SHOWN])
    assert "nothing was shown: paused." in text
    assert "### Before that" in text and "line 12: shown, answered by a call made for it" in text
    assert "model:" not in text and "time:" not in text
