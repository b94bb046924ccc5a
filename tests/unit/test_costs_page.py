"""What costs tell of jobs, and the page that shows it: complete in itself, and true to the ledger."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, cast

import pytest

from counterpoint.cli.costs_caps import caps_told
from counterpoint.cli.costs_page import Told, page
from counterpoint.cli.costs_parts import Part, long_input, parts_of
from counterpoint.cli.costs_text import part_lines, told_lines, trial_said
from counterpoint.cli.costs_told import figures
from counterpoint.cli.terminal import plain
from counterpoint.ledger import Acceptance, Call, Edits, Judged, Ledger, Precision
from counterpoint.ledger_jobs import Tokens, by_day, by_task, month_at_this_pace, tokens_of
from counterpoint.ledger_spending import Spent
from counterpoint.models import Usage, load_catalogue
from counterpoint.settings import Budget
from tests.costing import rich
from tests.row_by_row import summed

NOON = datetime(2026, 11, 20, 12).timestamp()
CALL = Call(
    1, NOON, "j1", "edit", "fast", "openai", "gpt-5.5", "other", 0.5, 0.02, 4.0, 0.4, "ok", "", None,
    "r", None, Usage(1_000, 200, 400, reasoning_tokens=50),
)  # fmt: skip
REPAIR = replace(CALL, id=2, at=NOON + 5, task="repair", model="claude-opus-4-7", cost_usd=0.03, seconds=6.0)
FAILED = replace(CALL, id=3, at=NOON + 60, job="j2", cost_usd=0.01, outcome="error", error="overloaded")
CALLS = (CALL, REPAIR, FAILED)


def test_a_job_is_all_its_calls_and_what_failed_is_in_the_price_of_what_got_done() -> None:
    (found,) = by_task(summed(CALLS))
    assert (found.task, found.jobs, found.done, found.calls) == ("edit", 2, 1, 3)
    assert found.usd_per_done == pytest.approx(0.06)
    assert found.median_seconds == 11.0
    assert found.seconds_per_usd == pytest.approx(11.0 / 0.06)


def test_nothing_done_has_no_price() -> None:
    (found,) = by_task(summed([FAILED]))
    assert (found.usd_per_done, found.median_seconds, found.seconds_per_usd) == (None, None, None)


def test_tokens_are_counted_once() -> None:
    assert tokens_of(summed([CALL])) == Tokens(600, 400, 0, 50, 150)
    assert tokens_of(summed([CALL])).cache_share == pytest.approx(0.4)
    written = replace(CALL, usage=Usage(1_000, 10, 0, written_5m_tokens=900))
    assert tokens_of(summed([written])) == Tokens(100, 0, 900, 0, 10)
    assert tokens_of(summed([])) == Tokens() and Tokens().cache_share is None
    mixed = summed([CALL, replace(written, model="claude-opus-4-7")])
    assert tokens_of(mixed, "gpt-5.5") == Tokens(600, 400, 0, 50, 150)


def test_days_and_the_months_pace() -> None:
    days = by_day(summed(CALLS))
    assert days == {"2026-11-20": {"gpt-5.5": pytest.approx(0.03), "claude-opus-4-7": 0.03}}
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


def plenty() -> Told:
    """Two months of everything, as the ledger tells it."""
    with TemporaryDirectory() as folder:
        ledger = rich(Path(folder) / "ledger.sqlite3")
        budget = Budget(month_usd=60.0)
        told = figures(ledger, budget, load_catalogue().models, date(2026, 9, 23), date(2026, 11, 21))
        ledger.close()
    advised = SimpleNamespace(whole="On your code, what Opus 4.7 answers to edit is kept more often.")
    return replace(told, advice=(cast(Any, advised),))


def nothing() -> Told:
    """A ledger that nobody has written to."""
    ledger = Ledger(Path("/nowhere/ledger.sqlite3"))
    return figures(ledger, Budget(), load_catalogue().models, date(2026, 10, 23), date(2026, 11, 21))


def told(calls: tuple[Call, ...] = CALLS, model: str = "gpt-5.5") -> Told:
    calls = tuple(replace(one, model=model) if one.model == "gpt-5.5" else one for one in calls)
    return replace(
        nothing(),
        sums=summed(calls),
        accepted=(Acceptance("complete", "gpt-5.5", 10, 4, 1, 2, 3, 0.5, 0.25),),
        edits=(Edits(model, "edit", 3, 1, 1, 0, 0, 0, 0),),
        precise=(Precision("correctness", "logic", "", model, 5, 1, 2, 0, 1, 1),),
        judged=(Judged(model, "edit", 4, 2, 1, 1, 0, 0, 0.2, 0.08, 4.0),),
        spent_today=0.04,
        month=0.6,
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
    for words in ("How jobs ended", "75%", "quote what is not there", "$0.0267"):
        assert words in read.text
    assert "prefers-color-scheme: dark" in made


def test_names_of_models_are_text_and_never_markup() -> None:
    made = page(told(model="<b onclick=x>&\"'"))
    assert "<b onclick" not in made
    assert "&lt;b onclick=x&gt;" in made


def test_a_time_without_calls_says_so() -> None:
    made = page(nothing())
    assert "No model was called" in made and "<svg" not in made


def test_a_rich_ledger_fills_every_section() -> None:
    read = Read()
    read.feed(page(plenty()))
    assert read.open == []
    for words in (
        *("Price and time of what got done", "Tokens", "Parts of the prompts", "How jobs ended"),
        *("Suggestions", "Edits", "Findings", "Trials of other models", "Other voices"),
        *("What your own figures suggest", "document, 49% of all tokens", "this month, of $60.00"),
    ):
        assert words in read.text, words


def test_the_page_tells_each_cap_and_why_models_were_asked() -> None:
    budget = Budget(session_usd=3.0, roles={"deep": 4.0})
    found = told((replace(CALL, reason="GPT-5.5 fills the role fast"), REPAIR))
    made = page(replace(found, caps=caps_told(budget, Spent(roles={"deep": 500_000_000}))))
    for cells in (
        ("budget.roles.deep", "$0.50", "$4.00"),
        ("budget.completions_day_usd", "$0", "$2.00"),
        ("budget.session_usd", "-", "$3.00"),
        ("gpt-5.5", "edit", "GPT-5.5 fills the role fast", "1", "$0.02"),
    ):
        assert cells in rows_of(made), cells
    assert "Why models were asked" not in page(told())


def test_the_page_has_no_row_of_counting_that_cost_nothing() -> None:
    free = replace(CALL, id=4, job="c1", task="count", cost_usd=0.0)
    assert ("count",) not in [row[:1] for row in rows_of(page(told((*CALLS, free))))]
    assert ("count",) in [row[:1] for row in rows_of(page(told((*CALLS, replace(free, cost_usd=0.01)))))]


def rows_of(made: str) -> list[tuple[str, ...]]:
    """The cells of each row of the page's tables."""
    rows = re.findall(r"<tr>(.*?)</tr>", made)
    return [tuple(unescape(one) for one in re.findall(r"<td[^>]*>(.*?)</td>", row)) for row in rows]


def test_a_long_time_is_shown_by_month_from_its_first_call() -> None:
    old = replace(CALL, id=9, at=datetime(2026, 3, 3, 12).timestamp())
    made = page(replace(told((old, CALL)), since=date(2000, 1, 1)))
    assert "By month and model" in made and ">2026-03<" in made and "2026-02" not in made
    assert made.count("<rect class='c0'") == 2


@pytest.mark.parametrize("calls", [(), CALLS])
def test_each_day_of_a_short_time_has_its_place(calls: tuple[Call, ...]) -> None:
    made = page(told(calls))
    assert ("By day and model" in made) == bool(calls)
    assert (">10-23<" in made) == bool(calls)


MODELS = load_catalogue().models
OPUS = replace(CALL, model="claude-opus-4-7", task="review", usage=Usage(1_000, 50, 600))


def test_the_parts_of_a_prompt_cost_what_was_paid_for_reading_it() -> None:
    """600 of 1,000 tokens came from the cache at a tenth: the system's 500, and 100 of the document's."""
    made = replace(OPUS, parts='{"system": 1000, "document": 1000}')
    found = {one.part: one for one in parts_of(summed([made]), MODELS)[0]}
    assert found["system"].cost_usd == pytest.approx(500 * 0.5e-6)
    assert found["document"].cost_usd == pytest.approx(100 * 0.5e-6 + 400 * 5e-6)
    assert (found["system"].tokens, found["system"].share) == (500, 0.5)
    assert sum(one.cost_usd for one in found.values()) == pytest.approx((600 * 0.5 + 400 * 5) / 1e6)


def test_what_a_cache_was_written_for_is_paid_by_what_was_not_read_from_it() -> None:
    usage = Usage(1_000, 50, 0, written_5m_tokens=800)
    made = replace(OPUS, usage=usage, parts='{"system": 500, "document": 500}')
    whole = sum(one.cost_usd for one in parts_of(summed([made]), MODELS)[0])
    assert whole == pytest.approx((800 * 6.25 + 200 * 5) / 1e6)


def test_the_dearest_parts_are_named_with_their_task() -> None:
    calls = [
        replace(OPUS, parts='{"document": 10, "callers": 90}'),
        replace(CALL, usage=Usage(100, 1), parts='{"document": 10}'),
    ]
    first, *rest = parts_of(summed(calls), MODELS)[1]
    assert (first.task, first.part, first.calls) == ("review", "callers", 1)
    assert {(one.task, one.part) for one in rest} == {("review", "document"), ("edit", "document")}


@pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense", '{"system": 0}'])
def test_calls_that_do_not_say_are_left_out(text: str) -> None:
    assert parts_of(summed([replace(CALL, parts=text)]), MODELS) == ((), ())


def test_a_model_that_is_no_more_has_no_price() -> None:
    ((one,), _) = parts_of(summed([replace(CALL, model="gone", parts='{"document": 10}')]), MODELS)
    assert one == Part("", "document", 1, 1_000, 1.0, 0.0)


def test_a_long_prompt_is_paid_at_the_price_of_long_ones() -> None:
    step = long_input(MODELS.values())
    steps = [(name, row) for name, one in MODELS.items() for row in one.prices if row.above_input_tokens]
    name, dear = next((name, row) for name, row in steps if row.above_input_tokens == step)
    sent = replace(CALL, model=name, tier=dear.tier, parts='{"document": 10}')
    short, long = (
        parts_of(summed([replace(sent, usage=Usage(read, 1))]), MODELS)[0][0] for read in (step, step + 1)
    )
    assert long.cost_usd == pytest.approx((step + 1) * dear.input / 1e6)
    assert short.cost_usd < 0.6 * long.cost_usd


def test_nothing_that_was_free_is_called_the_dearest() -> None:
    free, paid = Part("complete", "document", 3, 100, 1.0, 0.0), Part("edit", "callers", 1, 100, 1.0, 0.002)
    assert "Dearest" not in plain(part_lines([free], [free]))
    assert "Dearest: callers of edit $0.002.\n" in plain(part_lines([paid, free], [paid, free]))


def test_the_text_tells_the_same_and_nothing_where_there_is_nothing() -> None:
    found = plenty()
    text = plain(told_lines(found, ()))
    for words in (
        *("at the present pace it comes to", "of $60.00", "jobs by", "edits by", "findings of"),
        *("part of the prompt", "Dearest: document of ", "40 questions so far.", "price as a share: 0.50"),
        *("asked for its version of 5 answers by gpt-5.5 to edit", "is kept more often"),
    ):
        assert words in text, words
    ended = replace(found.trials[0].trial, verdict="It was slower.")
    assert "since 2026-11-21: It was slower." in trial_said(replace(found.trials[0], trial=ended))
    nobody = plain(told_lines(nothing(), ()))
    assert nobody.splitlines() == [
        "No calls since 2026-10-23.",
        "Today $0 of $5.00 is spent or reserved.",
        "This month $0; at the present pace it comes to $0.",
    ]
