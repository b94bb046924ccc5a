"""Pages as they come out of full measurements, for a browser to look at."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from fractions import Fraction

from counterpoint.comparing import statistics
from counterpoint.comparing.abilities import changes
from counterpoint.comparing.judging import judged
from counterpoint.comparing.migration import Counted, Migration, Output, factors_of, price, tokens_of
from counterpoint.comparing.replaying import Past, cold, replayed
from counterpoint.comparing.tightening import Standing, weighed
from counterpoint.comparing.values import (
    METRICS,
    Answered,
    Case,
    Compared,
    Difference,
    Found,
    Measured,
    Run,
    Shared,
    Word,
)
from counterpoint.flows.compare_review import ALONE
from counterpoint.models import Usage, cost_of, load_catalogue

MODELS = ("gpt-5.5", "claude-opus-4-7", "claude-sonnet-4-6")
LABELS = {"gpt-5.5": "GPT-5.5", "claude-opus-4-7": "Opus 4.7", "claude-sonnet-4-6": "Sonnet 4.6"}
_SPEED = {"gpt-5.5": 4.0, "claude-opus-4-7": 9.0, "claude-sonnet-4-6": 4.4}
_PRICE = {"gpt-5.5": 0.02, "claude-opus-4-7": 0.05, "claude-sonnet-4-6": 0.008}
_SKILL = {"gpt-5.5": 0.9, "claude-opus-4-7": 0.95, "claude-sonnet-4-6": 0.6}


def compared(cases: int = 9, runs: int = 3) -> Compared:
    """Three models on so many edits, with failures, tests and findings; always the same."""
    draw = random.Random(7)
    asked = tuple(
        Case(f"Handle empty baskets, case {at}", "edit", f"shop/orders/basket_{at}.py", (at + 1, at + 30),
             where="4f1c9d2a77", tests=("tests/test_basket.py",), origin="git")
        for at in range(cases)
    )  # fmt: skip
    made = tuple(
        _run(draw, case, model, number) for case in asked for model in MODELS for number in range(1, runs + 1)
    )
    return Compared(
        "edit", asked, tuple(_measured(model, made) for model in MODELS), tuple(_differences(made, asked)),
        METRICS, made, _shared(asked), runs, 0.95, 7, "j1", 1_795_000_000.0, True, "",
        ("The tests were run in a copy of the work tree at the parent commit.",),
    )  # fmt: skip


def completed(cases: int = 12, runs: int = 3) -> Compared:
    """Two models on completions out of the history, alike but for their price: judged as the product does."""
    draw, models = random.Random(11), MODELS[:2]
    asked = tuple(
        Case(f"complete-{at:02}", "complete", f"shop/row_{at}.py", (at + 1, at + 1), column=5,
             where="4f1c9d2a77", expected="total += 1", origin="git", told="4f1c9d2a77 Sum rows")
        for at in range(cases)
    )  # fmt: skip
    made = []
    for case in asked:
        alike = draw.uniform(0.3, 1.0)
        for model in models:
            for number in range(1, runs + 1):
                near = min(1.0, max(0.0, alike + draw.uniform(-0.2, 0.2)))
                answer = Answered(
                    edits=1, dropped=0, applies=True, changed_lines=2, similarity=near, exact=near == 1,
                    as_committed=near > 0.8, line_prefix=near**2, text="total += 1",
                )  # fmt: skip
                run = replace(_run(draw, case, model, number), error="", outcome="ok", answered=answer)
                made.append(replace(run, cost_usd=_PRICE[model], seconds=draw.lognormvariate(0, 0.4)))
    begun = Compared(
        "complete", asked, (), (), (), tuple(made), runs_each=runs, job="j2", at=1_795_000_000.0, what=ALONE
    )
    return judged(begun, {name: LABELS[name] for name in models})


def _run(draw: random.Random, case: Case, model: str, number: int) -> Run:
    hard = 1.0 + int(case.name[-1]) / 4
    made = Run(
        case.name, model, "low", number, _SPEED[model] * hard * draw.lognormvariate(0, 0.25),
        draw.lognormvariate(0, 0.4), draw.randint(6_000, 9_000), 4_000, draw.randint(300, 1_500),
        _PRICE[model] * hard * draw.lognormvariate(0, 0.2),
    )  # fmt: skip
    if model == "claude-sonnet-4-6" and draw.random() < 0.08:
        return replace(
            made, error="overloaded", said="Anthropic is overloaded.", outcome="error", seconds=None
        )
    good = draw.random() < _SKILL[model]
    answered = Answered(quotes=3, absent=int(not good), edits=3, dropped=int(not good), applies=good,
                        tests_passed=good and draw.random() < 0.8)  # fmt: skip
    return replace(made, answered=answered)


def _measured(model: str, made: tuple[Run, ...]) -> Measured:
    mine = [run for run in made if run.model == model]
    errors = {"overloaded": sum(run.failed for run in mine)} if any(run.failed for run in mine) else {}
    cost = sum(run.cost_usd for run in mine)
    failed = sum(run.failed for run in mine)
    return Measured(model, LABELS[model], "low", len(mine), failed, cost, {}, {}, errors)


def _differences(made: tuple[Run, ...], cases: tuple[Case, ...]) -> list[Difference]:
    def of(model: str, case: Case) -> list[Run]:
        return [run for run in made if (run.model, run.case) == (model, case.name) and not run.failed]

    found = []
    for model in MODELS[1:]:
        both = [(of(model, case), of(MODELS[0], case)) for case in cases]
        for name in ("seconds", "cost_usd", "output_tokens"):
            pairs = [
                (sum(getattr(r, name) for r in one) / len(one), sum(getattr(r, name) for r in two) / len(two))
                for one, two in both
            ]
            found.append(_difference(name, model, statistics.ratio(pairs, 0.01), len(cases)))
        for name in ("tests_passed", "absent"):
            shares = [
                tuple(Fraction(sum(int(getattr(r.answered, name)) for r in side), len(side)) for side in pair)
                for pair in both
            ]
            found.append(_difference(name, model, statistics.mean(shares, 0.01), len(cases)))  # type: ignore[arg-type]
    return found


def _difference(name: str, model: str, of: statistics.Interval | None, cases: int) -> Difference:
    if of is None:
        return Difference(name, model, MODELS[0], cases, None, None, None, "too few cases", 8)
    none = 0.0 if name in ("tests_passed", "absent") else 1.0
    less: Word = "worse" if name == "tests_passed" else "better"
    more: Word = "better" if name == "tests_passed" else "worse"
    word: Word = "no difference" if of.low <= none <= of.high else less if of.high < none else more
    return Difference(name, model, MODELS[0], cases, of.estimate, of.low, of.high, word, 8)


def _shared(cases: tuple[Case, ...]) -> tuple[Shared, ...]:
    def found(at: int) -> Found:
        return Found(
            f"f{at}", cases[at].path, (at + 3, at + 4), "logic", f"The total of row {at} is added twice"
        )

    return (
        Shared(cases[0].name, found(0), {"gpt-5.5": 1.0, "claude-opus-4-7": 1.0}),
        Shared(cases[1].name, found(1), {"claude-opus-4-7": 2 / 3}),
        Shared(cases[2].name, found(2), dict.fromkeys(MODELS, 1 / 3)),
    )


def migration() -> Migration:
    """From GPT-5.5 to Opus 4.7 with calls to play again, a cache to warm, and a text to tighten."""
    rows = load_catalogue().models
    models, draw = (rows["gpt-5.5"], rows["claude-opus-4-7"]), random.Random(3)
    counted = [
        Counted(task, f"shop/{task}_{at}.py", size * 4, size, round(size * draw.uniform(1.1, 1.3)),
                round(size * draw.uniform(1.05, 1.2)), 0.6)
        for task, size in (("complete", 2_000), ("edit", 7_000), ("review", 16_000)) for at in range(8)
    ]  # fmt: skip
    now, answer = 1_795_000_000.0, Output(100, 400, 1_600, "measured")
    outputs = {task: (answer, answer.times(1.2)) for task in ("complete", "edit", "review")}
    usage = Usage(7_000, 400, 5_000)
    usd = cost_of(models[0], usage)
    past = [Past(now + at * 200, one.task, "shop/a.py", usage, usd) for at, one in enumerate(counted)]
    factors = factors_of(counted, outputs)
    again = replayed(past, models, factors)
    by_task = {one.task: one for one in again}
    text = Standing(
        ".counterpoint/passes/money.md", "pass", "review", "x" * 12_000, ("line 3: says too much",)
    )
    return Migration(
        *models, tuple(counted), tokens_of(counted),
        tuple(price(task, counted, models, pair, by_task[task]) for task, pair in outputs.items()),
        again, cold(past, models[1], factors),
        changes(*models, date(2026, 11, 21), [("complete", "none", "")]),
        weighed([(text, 3_000, 3_900)], {"review": (16_000, 19_000)}, models[1], 1.2),
        ("counted by the endpoint of openai", "counted by the endpoint of anthropic"),
        ("[roles]", 'fast = ["claude-opus-4-7"]'), "", 0, ("Left out: shop/secret.py: it holds a key.",),
    )  # fmt: skip
