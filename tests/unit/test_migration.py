"""What changing the model means, worked out by hand: tokens, steps of prices, caches cold or too short."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta

import pytest

from counterpoint.comparing.abilities import changes
from counterpoint.comparing.migration import Counted, Output, factors_of, price, step_of, tokens_of
from counterpoint.comparing.replaying import Factors, Past, Replay, cold, replayed
from counterpoint.comparing.tightening import Standing, weighed
from counterpoint.models import Model, Price, Usage, cost_of, load_catalogue

ROWS = load_catalogue().models
GPT, OPUS = ROWS["gpt-5.5"], ROWS["claude-opus-4-7"]
TODAY = date(2026, 11, 21)
NOON = time.mktime((2026, 11, 20, 12, 0, 0, 0, 0, -1))
SAME = {"": Factors(1.0, 1.0, 0.5)}


def counted(task: str, old: int, same: int, new: int | None = None) -> Counted:
    return Counted(task, f"{old}.py", old * 4, old, same, same if new is None else new, 0.5)


def past(at: float, size: int = 10_000, cached: int = 0, path: str = "a.py", task: str = "edit") -> Past:
    usage = Usage(size, 100, cached)
    return Past(NOON + at, task, path, usage, cost_of(GPT, usage))


class TestTokens:
    def test_sums_are_by_task_and_together(self) -> None:
        edit, review, whole = tokens_of(
            [counted("edit", 100, 120), counted("edit", 300, 360), counted("review", 100, 140, 130)]
        )
        assert (edit.task, edit.prompts, edit.old, edit.same, edit.ratio) == ("edit", 2, 400, 480, 1.2)
        assert (review.same, review.new) == (140, 130)
        assert (whole.task, whole.old, whole.same, whole.ratio) == ("", 500, 620, 1.24)

    def test_an_interval_holds_the_factor_and_takes_six_prompts(self) -> None:
        some = [counted("edit", 100, 120 + at) for at in range(-5, 6)]
        (edit, _) = tokens_of(some)
        assert edit.low is not None and edit.high is not None
        assert edit.low < 1.2 < edit.high and edit.high - edit.low < 0.1
        assert tokens_of(some[:5])[0].low is None

    def test_one_estimate_makes_a_sum_an_estimate(self) -> None:
        guess = replace(counted("edit", 100, 130), exact_new=False)
        found = tokens_of([counted("edit", 100, 120), guess])[0]
        assert found.exact_old and not found.exact_new

    def test_nothing_counted_is_nothing(self) -> None:
        assert tokens_of([]) == ()

    def test_answers_grow_as_learned_and_else_as_text_does(self) -> None:
        some = [counted("edit", 100, 120, 110), counted("review", 100, 140)]
        known = Output(50, 100, 200, "measured")
        factors = factors_of(some, {"edit": (known, known.times(3.0))})
        assert factors["edit"] == Factors(1.1, 3.0, 0.5)
        assert factors["review"] == Factors(1.4, 1.4, 0.5)
        assert factors[""] == Factors(1.25, 1.3, 0.5)


class TestPrice:
    def test_a_call_costs_what_its_tokens_cost(self) -> None:
        answer = Output(100, 1_000, 2_000, "assumed")
        found = price("edit", [counted("edit", 1_000, 1_300)], (GPT, OPUS), (answer, answer), None)
        assert found.old.usd == pytest.approx((0.005 + 0.003, 0.005 + 0.03, 0.005 + 0.06))
        assert found.new.usd[1] == pytest.approx(0.0065 + 0.025)
        assert found.ratio == pytest.approx(0.0315 / 0.035)

    def test_above_its_step_the_whole_prompt_costs_the_higher_price(self) -> None:
        answer = Output(1, 1, 1, "assumed")
        found = price("review", [counted("review", 300_000, 390_000)], (GPT, OPUS), (answer, answer), None)
        assert (found.old.step, found.new.step) == (272_000, 0)
        assert found.old.usd[1] == pytest.approx(3.0, abs=1e-3)
        assert found.new.usd[1] == pytest.approx(1.95, abs=1e-3)
        assert (step_of(GPT, 272_000), step_of(GPT, 272_001)) == (0, 272_000)

    def test_what_is_cached_is_cheaper_and_what_is_written_dearer(self) -> None:
        answer = Output(1, 1, 1, "assumed")
        again = Replay("edit", 4, 1, (1.0, 1.0), (0.0, 0.0), ((0.5, 0.0), (0.25, 0.25)))
        found = price("edit", [counted("edit", 8_000, 8_000)], (GPT, OPUS), (answer, answer), again)
        assert (found.old.cached, found.new.cached, found.new.written) == (4_000, 2_000, 2_000)
        assert found.old.usd[1] == pytest.approx((4_000 * 5 + 4_000 * 0.5 + 30) / 1e6)
        assert found.new.usd[1] == pytest.approx((4_000 * 5 + 2_000 * 0.5 + 2_000 * 6.25 + 25) / 1e6)


class TestReplay:
    def test_what_a_day_old_cache_gave_a_five_minute_one_gives_only_soon_after(self) -> None:
        calls = [past(0), past(100, cached=5_000), past(100 + 301, cached=5_000)]
        (edit, whole) = replayed(calls, (GPT, OPUS), SAME)
        # First: nothing there, 5,000 written. Second: read. Third: written again.
        written, read = 5_000 * 5 + 5_000 * 6.25 + 2_500, 5_000 * 5 + 5_000 * 0.5 + 2_500
        assert edit.usd[1] == pytest.approx((2 * written + read) / 1e6)
        assert edit.usd[0] == pytest.approx(sum(one.cost_usd for one in calls))
        assert edit.saved[0] == pytest.approx(2 * 5_000 * 4.5 / 1e6)
        assert edit.saved[1] == pytest.approx((5_000 * 4.5 - 2 * 5_000 * 1.25) / 1e6)
        assert (whole.task, whole.usd) == ("", edit.usd)

    def test_another_file_or_task_does_not_keep_a_prefix_warm(self) -> None:
        for other in (past(0, path="b.py"), past(0, task="fix")):
            found = replayed([other, past(60, cached=5_000)], (GPT, OPUS), SAME)
            assert found[-1].cached[1][0] == 0.0
        assert replayed([past(0), past(60, cached=5_000)], (GPT, OPUS), SAME)[-1].cached[1][0] == 0.25

    def test_from_five_minutes_to_a_day_nothing_is_lost(self) -> None:
        usage = Usage(10_000, 100, 4_000, written_5m_tokens=1_000)
        call = Past(NOON, "edit", "a.py", usage, cost_of(OPUS, usage))
        found = replayed([call], (OPUS, GPT), SAME)[-1]
        assert found.cached == ((0.4, 0.1), (0.4, 0.0))
        assert found.usd[1] == pytest.approx((6_000 * 5 + 4_000 * 0.5 + 100 * 30) / 1e6)

    def test_a_prefix_that_is_too_short_is_neither_read_nor_written(self) -> None:
        calls = [past(0, 3_000), past(60, 3_000, cached=1_024)]
        found = replayed(calls, (GPT, OPUS), SAME)[-1]
        assert found.cached[1] == (0.0, 0.0)

    def test_days_are_those_with_calls(self) -> None:
        found = replayed([past(0), past(86_400 * 3)], (GPT, OPUS), SAME)[-1]
        assert found.days == 2

    def test_no_calls_are_no_replay(self) -> None:
        assert replayed([], (GPT, OPUS), SAME) == ()


class TestCold:
    def test_each_prefix_of_the_last_day_is_written_once(self) -> None:
        calls = [
            past(-2 * 86_400, cached=9_000, path="old.py"),
            past(0, cached=4_000), past(60, cached=5_000), past(90, cached=6_000, path="b.py"),
            past(92, cached=2_100), past(95, cached=1_100, path="short.py"), past(99, path="never.py"),
        ]  # fmt: skip
        found = cold(calls, OPUS, {"": Factors(1.2)})
        assert found is not None
        assert (found.prefixes, found.tokens, found.too_short) == (3, 6_000 + 7_200, 1)
        assert found.usd == pytest.approx(13_200 * (6.25 - 0.5) / 1e6)
        assert found.by_task == {"edit": 13_200}

    def test_where_writing_is_free_the_first_reading_costs_the_full_price(self) -> None:
        written = Usage(10_000, 10, 0, written_5m_tokens=8_000)
        found = cold([Past(NOON, "review", "a.py", written, 0.1)], GPT, {})
        assert found is not None and found.usd == pytest.approx(8_000 * 4.5 / 1e6)

    def test_what_was_never_cached_is_not_lost(self) -> None:
        assert cold([past(0)], OPUS, SAME) is None


class TestChanges:
    def told(self, old: Model, new: Model, today: date = TODAY) -> dict[str, tuple[str, str]]:
        return {
            one.what: (one.kind, one.then) for one in changes(old, new, today, [("complete", "none", "")])
        }

    def test_to_opus(self) -> None:
        found = self.told(GPT, OPUS)
        assert found["a setting for short answers"][0] == "lost"
        assert found["marks where cached prefixes end"][0] == "gained"
        assert found["window"] == (
            "lost", "922,000 tokens before, 872,000 now. Longer prompts are refused, or cut to fit."
        )  # fmt: skip
        assert found["price steps"] == ("differs", "Before above 272,000 tokens, now none.")
        assert found["finding things in a million tokens"][1] == "Published: 32%, GPT-5.5 74%."
        assert found["effort of complete"][1] == "GPT-5.5 is asked at effort none, Opus 4.7 without one."
        assert found["how long caches last"][0] == "lost"

    def test_back_it_is_the_other_way_round(self) -> None:
        found = self.told(OPUS, GPT)
        assert found["marks where cached prefixes end"][0] == "lost"
        assert found["window"] == ("gained", "872,000 tokens before, 922,000 now.")
        assert found["how long caches last"][0] == "gained"
        assert "Writing to the cache costs nothing more." in found["price of filling a cache"][1]

    def test_a_model_without_cheaper_caches_that_asks_first(self) -> None:
        found = self.told(GPT, ROWS["gpt-5.5-pro"])
        assert found["cheaper cached input"][0] == "lost"
        assert "asks first" in found["agreement to its price"][1]

    def test_an_old_row_is_told(self) -> None:
        late = OPUS.as_of + timedelta(days=121)
        assert "121 days old" in self.told(GPT, OPUS, late)["age of its row"][1]
        assert "age of its row" not in self.told(GPT, OPUS, late - timedelta(days=1))

    def test_a_model_is_no_change_from_itself(self) -> None:
        assert changes(GPT, GPT, TODAY, [("edit", "low", "low")]) == ()

    def test_a_smaller_one_cannot_be_held_to_a_form(self) -> None:
        small = replace(
            GPT, abilities=frozenset({"stream"}), max_output_tokens=4_096, prices=(Price(1, 2, 0.1),)
        )
        found = self.told(GPT, small)
        assert found["answers held to a schema"][0] == "lost"
        assert found["longest answer"] == (
            "lost",
            "128,000 tokens before, 4,096 now. Longer answers are cut off.",
        )


class TestTexts:
    def test_the_largest_share_comes_first_and_says_why(self) -> None:
        long = Standing("own.md", "pass", "review", "x" * 800, ("line 1: told to hold back",))
        short = Standing("prompts/review.md", "shipped", "review", "y" * 4_000)
        found = weighed([(short, 100, 110), (long, 200, 300)], {"review": (1_000, 1_200)}, OPUS, 1.1)
        assert [one.name for one in found] == ["own.md", "prompts/review.md"]
        first = found[0]
        assert (first.share_old, first.share_new, first.growth) == (0.2, 0.25, 1.5)
        assert first.usd_per_1000 == pytest.approx(300 * 5 / 1_000)
        assert [one.split(":")[0] for one in first.advice] == [
            "It is 25% of every review", "It grows 1.50-fold where code grows 1.10-fold", "line 1",
        ]  # fmt: skip
        assert found[1].advice == ()

    def test_a_task_nobody_drew_has_no_share(self) -> None:
        own = Standing("own.md", "task", "tidy", "x")
        (found,) = weighed([(own, 10, 11)], {}, OPUS, 1.1)
        assert (found.share_old, found.share_new, found.advice) == (0.0, 0.0, ())
