"""Selection, as the product makes it, stays above a floor on an installed package."""

from __future__ import annotations

from tests.bench.context_bench import callers, completion
from tests.bench.context_corpora import corpus, cursors


def test_a_completion_holds_most_of_what_the_hidden_line_names() -> None:
    code = corpus("httpx2")
    assert code is not None
    figures = completion(code, cursors(code, 40, seed=1), (500, 2000))
    small, large = figures["500"], figures["2000"]
    assert small["over_budget"] == large["over_budget"] == 0
    assert small["recall"] >= 0.6
    assert large["recall"] >= 0.75
    assert large["recall_by_stratum"]["unseen"] >= 0.3
    assert large["named_of_sent"] >= 0.15
    assert large["alike_of_budget"] >= 0.1


def test_no_call_site_of_a_unique_name_is_lost() -> None:
    code = corpus("httpx2")
    assert code is not None
    found = callers(code, 20, seed=1)
    assert found["sites"] >= 20
    assert found["recall"] >= 0.95
    assert found["certain"] >= 0.5
