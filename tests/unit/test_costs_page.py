"""What costs tell of jobs, and the page that shows it: complete in itself, and true to the ledger."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from html.parser import HTMLParser

import pytest

from counterpoint.cli.costs_page import Told, page
from counterpoint.ledger import Acceptance, Call, Edits, Precision
from counterpoint.ledger_jobs import Job, Tokens, by_day, by_task, jobs_of, month_at_this_pace, tokens_of
from counterpoint.models import Usage

NOON = datetime(2026, 11, 20, 12).timestamp()
CALL = Call(
    1, NOON, "j1", "edit", "fast", "openai", "gpt-5.5", "other", 0.5, 0.02, 4.0, 0.4, "ok", "", None,
    "r", None, Usage(1_000, 200, 400, reasoning_tokens=50),
)  # fmt: skip
REPAIR = replace(CALL, id=2, at=NOON + 5, task="repair", model="claude-opus-4-7", cost_usd=0.03, seconds=6.0)
FAILED = replace(CALL, id=3, at=NOON + 60, job="j2", cost_usd=0.01, outcome="error", error="overloaded")
CALLS = (CALL, REPAIR, FAILED)


def test_a_job_is_all_its_calls_and_what_failed_is_in_the_price_of_what_got_done() -> None:
    first, second = jobs_of(CALLS)
    assert first == Job("j1", "edit", ("gpt-5.5", "claude-opus-4-7"), 2, 0.05, 11.0, done=True)
    assert not second.done
    (found,) = by_task((first, second))
    assert (found.jobs, found.done, found.calls) == (2, 1, 3)
    assert found.usd_per_done == pytest.approx(0.06)
    assert found.median_seconds == 11.0
    assert found.seconds_per_usd == pytest.approx(11.0 / 0.06)


def test_nothing_done_has_no_price() -> None:
    (found,) = by_task(jobs_of([FAILED]))
    assert (found.usd_per_done, found.median_seconds, found.seconds_per_usd) == (None, None, None)


def test_tokens_are_counted_once() -> None:
    assert tokens_of([CALL]) == Tokens(600, 400, 0, 50, 150)
    assert tokens_of([CALL]).cache_share == pytest.approx(0.4)
    written = replace(CALL, usage=Usage(1_000, 10, 0, written_5m_tokens=900))
    assert tokens_of([written]) == Tokens(100, 0, 900, 0, 10)
    assert Tokens().cache_share is None


def test_days_and_the_months_pace() -> None:
    assert by_day(CALLS) == {"2026-11-20": {"gpt-5.5": pytest.approx(0.03), "claude-opus-4-7": 0.03}}
    assert month_at_this_pace(20.0, date(2026, 11, 20)) == pytest.approx(30.0)


class Read(HTMLParser):
    """Checks that tags close in order, and keeps the text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def told(calls: tuple[Call, ...] = CALLS, model: str = "gpt-5.5") -> Told:
    calls = tuple(replace(one, model=model) if one.model == "gpt-5.5" else one for one in calls)
    return Told(
        date(2026, 10, 23),
        date(2026, 11, 21),
        calls,
        (Acceptance("complete", "gpt-5.5", 10, 4, 1, 2, 3, 0.5, 0.25),),
        (Edits(model, "edit", 3, 1, 1, 0, 0, 0, 0),),
        (Precision("correctness", "logic", "", model, 5, 1, 2, 0, 1, 1),),
        0.04,
        0.6,
        5.0,
    )


def test_the_page_needs_nothing_from_anywhere_and_says_what_the_ledger_says() -> None:
    made = page(told())
    read = Read()
    read.feed(made)
    assert read.open == []
    assert not re.search(r"https?:|<script|<link|<img|@import|url\(", made)
    assert "default-src 'none'" in made
    for words in ("By day and model", "claude-opus-4-7", "$0.06", "Suggestions", "Edits", "Findings"):
        assert words in read.text
    assert "prefers-color-scheme: dark" in made


def test_names_of_models_are_text_and_never_markup() -> None:
    made = page(told(model="<b onclick=x>&\"'"))
    assert "<b onclick" not in made
    assert "&lt;b onclick=x&gt;" in made


def test_a_time_without_calls_says_so() -> None:
    made = page(replace(told(()), accepted=(), edits=(), precise=()))
    assert "No model was called" in made and "<svg" not in made
