"""What whole answers tell of one that is broken off: its input, its thoughts, and how fast it came."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from counterpoint.calls import Meter
from counterpoint.errors import ConnectionFailed, Overloaded, ProviderError, ProviderTimeout
from counterpoint.ledger import Caps, Ledger, Told
from counterpoint.models import Usage, load_catalogue
from counterpoint.providers import Begun, Done, Part, Request

CAPS = Caps(day_usd=50.0, completions_day_usd=20.0)
MODEL = load_catalogue().model("gpt-5.5")


def learned(folder: Path, some: Sequence[tuple[int, int]], task: str = "edit", thought: int = 16) -> Ledger:
    """A ledger after calls of so many characters that the vendor counted as so many tokens."""
    ledger = Ledger(folder / "ledger.sqlite3")
    for characters, tokens in some:
        call = ledger.reserve(
            job="j", task=task, role="fast", provider="openai", model="gpt-5.5", kind="other", upper_usd=0.1,
            caps=CAPS, characters=characters, effort="low",
        )  # fmt: skip
        usage = Usage(tokens, 100, reasoning_tokens=thought)
        ledger.settle(call, usage=usage, cost_usd=0.01, seconds=1.0, outcome="ok")
    return ledger


def told(ledger: Ledger, task: str = "edit") -> Told | None:
    return ledger.told("gpt-5.5", task, "low")


LINE = [(size, 600 + size // 4) for size in (2_000, 4_000, 6_000, 9_000, 12_000)]
"""A schema of 600 tokens, and four characters a token."""


def test_nothing_is_known_of_few_calls(tmp_path: Path) -> None:
    assert told(learned(tmp_path, LINE[:4])) is None


def test_what_every_request_has_and_what_grows_with_it_are_told_apart(tmp_path: Path) -> None:
    found = told(learned(tmp_path, LINE))
    assert found is not None
    assert found.input_tokens(20_000) == pytest.approx(5_600, rel=0.01)
    assert found.input_tokens(1_000) == pytest.approx(850, rel=0.01)


def test_what_was_asked_before_is_told_anew_once_more_is_known(tmp_path: Path) -> None:
    ledger = learned(tmp_path, LINE)
    before = told(ledger)
    call = ledger.reserve(
        job="j", task="edit", role="fast", provider="openai", model="gpt-5.5", kind="other", upper_usd=0.1,
        caps=CAPS, characters=8_000, effort="low",
    )  # fmt: skip
    usage = Usage(2_600, 100, reasoning_tokens=900)
    ledger.settle(call, usage=usage, cost_usd=0.01, seconds=1.0, outcome="ok")
    after = told(ledger)
    assert before is not None and after is not None and before.thought == 16 and after.thought == 900
    ledger.close()
    assert after == told_by_another(tmp_path)


def told_by_another(folder: Path) -> Told | None:
    """What a process makes of the same file that has asked nothing before."""
    other = Ledger(folder / "ledger.sqlite3")
    other.warm()
    return told(other)


def test_of_requests_of_one_length_the_ratio_is_known(tmp_path: Path) -> None:
    found = told(learned(tmp_path, [(4_000, 1_000)] * 5))
    assert found is not None and (found.base, found.per_character, found.thought) == (0.0, 0.25, 16)
    assert found.most_input(4_000) == 1_200  # a sixth of so few may well be above all of them


def test_figures_that_are_no_line_give_their_ratio(tmp_path: Path) -> None:
    found = told(
        learned(tmp_path, [(2_000, 3_000), (4_000, 1_000), (6_000, 1_500), (8_000, 500), (9_000, 100)])
    )
    assert found is not None
    assert (found.base, found.per_character) == (0.0, 0.25)


def test_of_a_task_whose_answers_are_cut_off_another_task_tells(tmp_path: Path) -> None:
    ledger = learned(tmp_path, LINE)
    found = ledger.told("gpt-5.5", "complete", "none")
    assert found is not None and round(found.base) == 600 and found.per_character == pytest.approx(0.25)
    assert found.over == pytest.approx(1.25 * 1.2, rel=0.001)  # few calls, and those of another task
    assert ledger.told("claude-opus-4-7", "edit", "low") is None


def test_it_is_known_again_after_a_restart(tmp_path: Path) -> None:
    learned(tmp_path, LINE).close()
    again = learned(tmp_path, [(4_000, 1_600)])
    found = told(again)
    assert found is not None and round(found.base) == 600


def settled(
    folder: Path,
    *,
    first: float,
    seconds: float,
    written: int,
    thought: int = 0,
    answer: int = 0,
    calls: int = 50,
) -> Told:
    ledger = Ledger(folder / "ledger.sqlite3")
    for _ in range(calls):
        call = ledger.reserve(
            job="j", task="edit", role="fast", provider="openai", model="gpt-5.5", kind="other",
            upper_usd=0.1, caps=CAPS, characters=4_000, effort="low",
        )  # fmt: skip
        ledger.settle(
            call, usage=Usage(1_000, written, reasoning_tokens=thought), cost_usd=0.01, seconds=seconds,
            first_token_seconds=first, outcome="ok", answer=answer,
        )  # fmt: skip
    found = told(ledger)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("said", "figures", "what", "expected"),
    [
        ("written after the first text", {"first": 1.0, "seconds": 3.0, "written": 200}, "writing", 100),
        ("held up, all at once in the end", {"first": 3.9, "seconds": 4.0, "written": 200}, "writing", 200),
        ("too short to tell", {"first": 1.0, "seconds": 3.0, "written": 31}, "writing", None),
        ("thought", {"first": 2.0, "seconds": 3.0, "written": 400, "thought": 300}, "thinking", 150),
        ("a round trip", {"first": 0.4, "seconds": 3.0, "written": 200}, "round_trip", 0.4),
        (
            "none takes longer than a second",
            {"first": 2.5, "seconds": 3.0, "written": 200},
            "round_trip",
            1.0,
        ),
        (
            "all are thought about: the shortest",
            {"first": 2.5, "seconds": 3.0, "written": 200, "thought": 50},
            "round_trip",
            2.5,
        ),
        ("long answers", {"first": 1.0, "seconds": 3.0, "written": 200, "answer": 600}, "per_written", 1 / 3),
        (
            "unknown answers",
            {"first": 1.0, "seconds": 3.0, "written": 200},
            "per_written",
            0.25 * 1.25 / 1.02,
        ),
    ],
)
def test_what_times_and_answers_tell(
    tmp_path: Path, said: str, figures: dict[str, float], what: str, expected: float | None
) -> None:
    found = getattr(settled(tmp_path, **figures), what)  # type: ignore[arg-type]
    rated = what in ("writing", "thinking", "per_written")  # the next may be a little above the most of fifty
    want = expected * 1.02 if expected is not None and rated else expected
    assert found == (None if want is None else pytest.approx(want)), said


def asked() -> Request:
    return Request(MODEL, "", (Part("p" * 4_000),), 500, "low")


KNOWN = Told(0.0, 0.25, 1.0, 64, 0.25, 1e12, 0.0, 0.0)


def test_a_call_that_is_broken_off_costs_its_input_its_thoughts_and_what_had_come() -> None:
    meter = Meter(MODEL, 1_234, told=KNOWN)
    assert meter.usage == Usage(estimated=True)  # it had not come to the wire
    meter.asks(asked())
    assert meter.usage == Usage(1_000, 0, estimated=True)
    meter.take(Begun(Usage(), "r1"))
    assert meter.usage == Usage(1_000, 64, estimated=True)
    meter.take("x" * 40)
    assert meter.usage == Usage(1_000, 78, estimated=True)


def test_what_came_with_the_last_bytes_counts_though_nobody_took_it() -> None:
    meter = Meter(MODEL, 1_234, told=KNOWN)
    seen = meter.asks(asked()).seen
    assert seen is not None
    meter.take(Begun(Usage(), "r1"))
    meter.take("x" * 40)
    seen.rest.append("y" * 40)
    assert meter.usage == Usage(1_000, 88, estimated=True)
    seen.rest.append(Done("end", Usage(900, 25), "gpt-5.5"))
    assert meter.call("j", "edit", "fast").usage == Usage(900, 25) and meter.outcome == "cancelled"


@pytest.mark.parametrize(
    ("error", "sent", "booked"),
    [
        (ProviderTimeout("late"), True, 1_000),
        (ConnectionFailed("reset"), True, 1_000),
        (ConnectionFailed("nobody answers"), False, 0),
        (ProviderTimeout("408", status=408), True, 0),
        (Overloaded("529", status=529), True, 0),
        (Overloaded("told as the first event"), True, 0),
    ],
)
def test_a_failure_before_an_answer_costs_its_input_unless_it_was_turned_down_or_not_sent(
    error: ProviderError, sent: bool, booked: int
) -> None:
    meter = Meter(MODEL, 1_234, told=KNOWN)
    meter.asks(asked())
    meter.seen.sent = sent
    meter.failed(error)
    call = meter.call("j", "edit", "fast")
    assert call.usage == Usage(booked, 0, estimated=True) and not call.heard


def test_what_is_booked_stays_once_the_call_has_ended() -> None:
    meter = Meter(MODEL, 1_234, told=Told(0.0, 0.25, 1.0, 64, 0.25, 1e12, 1e6, 0.0))
    meter.asks(asked())
    meter.take(Begun(Usage(), "r1"))
    first, second = meter.call("j", "edit", "fast"), meter.call("j", "edit", "fast")
    assert first == second and meter.usage == first.usage
