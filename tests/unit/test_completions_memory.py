"""What the completions of a workspace remember of money: what the next call should cost, what was spent."""

from __future__ import annotations

from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from counterpoint.calls import Call
from counterpoint.flows.memory import Memory
from counterpoint.inline.when import Moment, decide
from counterpoint.models import Usage, cost_of, load_catalogue

MODEL = load_catalogue().model("gpt-5.5")
COLD, WARM = Usage(3_000, 30), Usage(3_000, 30, cached_tokens=2_400)


def planned(memory: Memory, path: str = "a.py") -> None:
    plan: Any = SimpleNamespace(
        candidate=SimpleNamespace(model=MODEL),
        rendered=SimpleNamespace(system="Complete."),
        input_tokens=COLD.input_tokens,
    )
    memory.planned(path, plan, 0.01)


def call(usage: Usage) -> Call:
    return Call("j", "complete", "fast", "gpt-5.5", "openai", usage, cost_of(MODEL, usage), 1.0, 0.4, "ok")


@pytest.mark.parametrize("usages", [[COLD], [COLD, WARM], [COLD, WARM, COLD], [COLD, *[WARM] * 9]])
def test_one_call_with_nothing_cached_does_not_make_the_next_ones_look_dear(usages: list[Usage]) -> None:
    clock = count(0.0, 0.15)
    memory = Memory(lambda: next(clock))
    for usage in usages:
        planned(memory)
        memory.paid("a.py", [call(usage)])
        for _ in range(200):
            memory.key("a.py")
    assert memory.expected_usd("a.py") < 1.3 * cost_of(MODEL, WARM)
    here = Moment("def load(path):\n    ", "\n", "python")
    assert decide(here, "calm", memory.pace, memory.expected_usd("a.py")).ask


def test_a_vendor_that_caches_nothing_is_found_out() -> None:
    memory = Memory(lambda: 0.0)
    for _ in range(16):
        planned(memory)
        memory.paid("a.py", [call(COLD)])
    assert memory.expected_usd("a.py") > 0.9 * cost_of(MODEL, COLD)


def test_a_call_cut_off_counts_as_spent_and_says_nothing_of_the_next() -> None:
    memory = Memory(lambda: 0.0)
    planned(memory)
    expected = memory.expected_usd("a.py")
    memory.paid("a.py", [call(Usage(3_000, 0, estimated=True))])
    assert memory.expected_usd("a.py") == expected
    assert memory.pace.usd_per_1000_keys > 0.0
