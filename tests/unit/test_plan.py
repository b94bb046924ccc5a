"""What is planned before anything is sent: tokens as vendors count them, and a price asked first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.context import Snippet
from counterpoint.context.question import Question, Selection
from counterpoint.engine import Engine
from counterpoint.errors import NotSendable, PriceNotAgreed
from counterpoint.ledger import Caps
from counterpoint.models import Usage, calibrated, cost_of, load_catalogue
from counterpoint.plan import output_limit, upper_usd
from counterpoint.settings import Budget, Context, Settings
from counterpoint.tasks import COMPLETE, EDIT, REVIEW
from counterpoint.text import Document, Situation, Span
from tests.asking import Said, engine
from tests.unit.test_engine import FOUND, GOOD
from tests.unit.test_redact import pem


def situation(text: str, language: str = "python") -> Situation:
    return Situation(Document.of("a.py", text, language), Span(0, len(text)), instruction="Make x two")


def choosing(asked: Engine, *snippets: Snippet) -> Engine:
    async def gathered(question: Question, seconds: float) -> Selection:
        return Selection(snippets)

    asked.ports = replace(asked.ports, gather=gathered)
    return asked


def snippet(path: str, text: str) -> Snippet:
    return Snippet(path, 1, text.count("\n") + 1, text, "called here", len(text) // 4)


@pytest.mark.parametrize(("measured", "used"), [(None, 3.6), (3.0, 3.0), (0.5, 0.6 * 3.6), (20.0, 1.6 * 3.6)])
def test_a_measured_figure_counts_within_bounds(measured: float | None, used: float) -> None:
    row = load_catalogue().model("gpt-5.5")
    made = calibrated(row, measured)
    assert made.characters_per_token == pytest.approx(used)
    assert replace(made, characters_per_token=row.characters_per_token) == row


@pytest.mark.asyncio
async def test_estimates_follow_what_was_reported_for_the_language(tmp_path: Path) -> None:
    asked = engine(Said([]), tmp_path)
    before = (await asked.plan(EDIT, situation("x = 1\n"))).input_tokens
    for _ in range(5):
        call = asked.ledger.reserve(
            job="j", task="edit", role="fast", provider="openai", model="gpt-5.5", kind="other",
            upper_usd=0.0, caps=Caps(1, 1), language="python", characters=2_500,
        )  # fmt: skip
        asked.ledger.settle(call, usage=Usage(1_000, 1), cost_usd=0.0, seconds=1.0, outcome="ok")
    learnt = engine(Said([]), tmp_path)
    after = (await learnt.plan(EDIT, situation("x = 1\n"))).input_tokens
    assert after / before == pytest.approx(3.6 / 2.5, rel=0.02)


@pytest.mark.asyncio
async def test_a_call_writes_down_its_language_and_size(tmp_path: Path) -> None:
    asked = engine(Said([GOOD]), tmp_path)
    await asked.ask(EDIT, situation("x = 1\ny = 2\n"))
    with asked.ledger._reading() as rows:
        assert rows is not None
        ((language, characters),) = rows.execute("SELECT language, characters FROM calls").fetchall()
    assert (language, characters) == (
        "python",
        (await asked.plan(EDIT, situation("x = 1\ny = 2\n"))).rendered.characters,
    )


@pytest.mark.asyncio
async def test_the_price_of_a_very_long_prompt_is_asked_first(tmp_path: Path) -> None:
    settings = replace(Settings(), context=Context(review_tokens=200_000), budget=Budget(100.0, 100.0))
    said = Said([FOUND])
    asked = engine(said, tmp_path, settings=settings)
    long = situation("x = 1\n" + "y = 'some words of code'\n" * 30_000)
    with pytest.raises(PriceNotAgreed, match=r"About \d{3},\d{3} tokens .* Opus 4.7 for \$") as raised:
        await asked.ask(REVIEW, long)
    assert said.requests == []
    assert asked.ledger.spent_today() == 0
    assert 0 < raised.value.low_usd < raised.value.high_usd
    assert (await asked.ask(REVIEW, replace(long, price_agreed=True))).answer.kept
    dearer = engine(Said([]), tmp_path, settings=settings, usable=frozenset({"openai"}))
    with pytest.raises(PriceNotAgreed, match="higher price for more than 272,000 tokens"):
        await dearer.ask(REVIEW, situation("x = 1\n" + "y = 'some words of code'\n" * 60_000))


@pytest.mark.asyncio
async def test_snippets_that_may_not_leave_are_left_out_and_told(tmp_path: Path) -> None:
    def guard(path: str, text: str) -> str | None:
        return "local only by privacy.local_only" if path == "local.py" else None

    odd = "-----BEGIN PRIVATE KEY-----\n" + "".join(f"~{row}~\n" for row in pem().splitlines()[1:-1])
    asked = choosing(
        engine(Said([]), tmp_path, guard=guard),
        snippet("local.py", "a = 1"),
        snippet("odd.py", odd),
        snippet("b.py", 'password = "hunter2"'),
    )
    for task in (COMPLETE, REVIEW):
        plan = await asked.plan(task, situation("x = 1\n"))
        assert [one.path for one in plan.snippets] == ["b.py"]
        reasons = dict(plan.selection.left_out)
        assert reasons["local.py"] == "local only by privacy.local_only"
        assert "cannot be hidden" in reasons["odd.py:1-7"]
        sent = "".join(plan.rendered.parts)
        assert 'password = "SECRET_PASSWORD' in sent and "From b.py:" in sent
        assert "hunter2" not in sent
        assert not any(row[1:40] in sent for row in odd.splitlines()[1:])


@pytest.mark.asyncio
async def test_every_file_of_which_something_leaves_is_in_the_ledger(tmp_path: Path) -> None:
    chosen = snippet("b.py", "a = 1"), snippet("c.py", "b = 2\nc = 3"), snippet("b.py", "d = 4")
    asked = choosing(
        engine(Said([FOUND]), tmp_path), chosen[0], chosen[1], replace(chosen[2], first_line=9, last_line=9)
    )
    reply = await asked.ask(REVIEW, situation("x = 1\n"))
    (row,) = asked.ledger.job(reply.job)
    sent = {one.path: one.size for one in asked.ledger.sent(row.id)}
    assert list(sent) == ["a.py", "b.py", "c.py"]
    assert (sent["b.py"], sent["c.py"]) == (12, 12)


@pytest.mark.asyncio
async def test_no_completion_is_asked_for_amid_a_secret(tmp_path: Path) -> None:
    text = 'password = "hunter2"\n'
    at = text.index("ter2")
    document = Document.of("a.py", text, "python")
    with pytest.raises(NotSendable, match="amid a secret"):
        await engine(Said([]), tmp_path).plan(COMPLETE, Situation(document, Span(at, at)))
    off = replace(Settings(), privacy=replace(Settings().privacy, secret_guard=False))
    plan = await engine(Said([]), tmp_path, settings=off).plan(COMPLETE, Situation(document, Span(at, at)))
    assert plan.masked == 0


@pytest.mark.asyncio
@pytest.mark.parametrize("below", [False, True])
async def test_a_key_of_many_lines_is_hidden_wherever_the_lines_round_the_cursor_are_cut_out(
    tmp_path: Path, below: bool
) -> None:
    asked = engine(Said([]), tmp_path)
    key = pem()
    rows = [row for row in key.split("\n") if row and "-----" not in row]
    for lines in range(0, 36, 5 if below else 1):
        filler = "".join(f"x_{number} = {number}\n" for number in range(60))
        gap = "".join(f"y_{number} = {number}\n" for number in range(lines))
        held = f'KEY = """{key}"""\n'
        text = f"{filler}{gap}{held}{filler}" if below else f"{filler}{held}{gap}{filler}"
        at = len(filler) if below else len(filler + held + gap)
        document = Document.of("a.py", text, "python", 1)
        plan = await asked.plan(COMPLETE, Situation(document, Span(at, at)))
        sent = "".join(plan.rendered.parts)
        assert "SECRET_PRIVATE_KEY" in sent
        assert not [row for row in rows if row[:24] in sent]


@pytest.mark.asyncio
async def test_who_thinks_hardest_may_write_more(tmp_path: Path) -> None:
    asked = engine(Said([]), tmp_path)
    plan = await asked.plan(REVIEW, situation("x = 1\n"))
    deep = replace(plan, candidate=replace(plan.candidate, effort="xhigh"))
    limits = [output_limit(REVIEW, one, Settings()) for one in (plan, deep)]
    assert limits == [32_000, 64_000]


@pytest.mark.parametrize("name", sorted(load_catalogue().models))
@pytest.mark.asyncio
async def test_what_is_set_aside_covers_a_cache_that_has_to_be_written(name: str, tmp_path: Path) -> None:
    plan = await engine(Said([]), tmp_path).plan(EDIT, situation("x = 1\n" * 500))
    model = load_catalogue().model(name)
    plan = replace(plan, candidate=replace(plan.candidate, model=model))
    most = output_limit(EDIT, plan, Settings())
    written = Usage(plan.input_tokens, most, written_5m_tokens=plan.input_tokens)
    assert upper_usd(EDIT, plan, Settings()) >= cost_of(model, written)
