"""Prefix caches hit, miss and expire as the vendors' do, and the bill follows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.modelserver import ModelServer
from tests.modelserver.asking import ask, good
from tests.modelserver.fixtures import model_server

__all__ = ["model_server"]

STABLE = "def stable(): pass\n" * 600
EPHEMERAL = {"type": "ephemeral"}


def openai_usage(server: ModelServer, text: str, **more: Any) -> tuple[int, int]:
    """(all input tokens, cached tokens) of one call."""
    usage = ask(server, "responses", good("responses", input=text, **more)).json()["usage"]
    return usage["input_tokens"], usage["input_tokens_details"]["cached_tokens"]


def test_openai_caches_long_prefixes_in_steps(model_server: ModelServer) -> None:
    total, cached = openai_usage(model_server, STABLE + "first")
    assert total > 1_024 and cached == 0
    total, cached = openai_usage(model_server, STABLE + "second")
    assert total - 128 <= cached < total and cached % 128 == 0
    assert openai_usage(model_server, "x" + STABLE)[1] == 0


def test_openai_does_not_cache_below_the_minimum(model_server: ModelServer) -> None:
    short = "word " * 900
    assert [openai_usage(model_server, short)[1] for _ in range(2)] == [0, 0]


def test_openai_keeps_a_day(model_server: ModelServer) -> None:
    openai_usage(model_server, STABLE)
    model_server.advance(23 * 3600)
    assert openai_usage(model_server, STABLE)[1] > 0
    model_server.advance(25 * 3600)
    assert openai_usage(model_server, STABLE)[1] == 0


def test_openai_instructions_and_schema_are_part_of_the_prefix(model_server: ModelServer) -> None:
    openai_usage(model_server, STABLE, instructions="one")
    assert openai_usage(model_server, STABLE, instructions="two")[1] == 0
    assert openai_usage(model_server, STABLE, instructions="one")[1] > 0
    assert openai_usage(model_server, STABLE, instructions="one", prompt_cache_key="other")[1] == 0


def test_openai_hits_thin_out_above_15_a_minute(model_server: ModelServer) -> None:
    cached = [openai_usage(model_server, STABLE, prompt_cache_key="k")[1] > 0 for _ in range(18)]
    assert cached == [False, *[True] * 14, False, True, True]
    model_server.advance(61)
    assert openai_usage(model_server, STABLE, prompt_cache_key="k")[1] > 0


def block(text: str, ttl: str | None = None) -> dict[str, Any]:
    return {"type": "text", "text": text, "cache_control": {**EPHEMERAL, **({"ttl": ttl} if ttl else {})}}


def plain(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def anthropic_usage(server: ModelServer, content: list[Any], **more: Any) -> tuple[int, int, int, int]:
    """(input, read, written for 5 minutes, for 1 hour) of one call."""
    body = good("messages", messages=[{"role": "user", "content": content}], **more)
    usage = ask(server, "messages", body).json()["usage"]
    creation = usage["cache_creation"]
    return (
        usage["input_tokens"],
        usage["cache_read_input_tokens"],
        creation["ephemeral_5m_input_tokens"],
        creation["ephemeral_1h_input_tokens"],
    )


def test_anthropic_writes_then_reads_at_a_breakpoint(model_server: ModelServer) -> None:
    fresh, read, written, _ = anthropic_usage(model_server, [block(STABLE), plain("first")])
    assert read == 0 and written >= 2_048 and 0 < fresh < 10
    assert anthropic_usage(model_server, [block(STABLE), plain("second")]) == (fresh, written, 0, 0)
    first, second = model_server.log[0].usage, model_server.log[1].usage
    assert model_server.log[0].cost_usd == pytest.approx(
        (first.input * 5 + written * 6.25 + first.output * 25) / 1e6
    )
    assert model_server.log[1].cost_usd == pytest.approx(
        (second.input * 5 + written * 0.5 + second.output * 25) / 1e6
    )


def test_anthropic_is_silent_about_short_prefixes(model_server: ModelServer) -> None:
    for _ in range(2):
        fresh, *cached = anthropic_usage(model_server, [block("word " * 500), plain("x")])
        assert cached == [0, 0, 0] and fresh > 500


def test_anthropic_five_minutes_refreshed_by_reads(model_server: ModelServer) -> None:
    content = [block(STABLE), plain("x")]
    anthropic_usage(model_server, content)
    for _ in range(3):
        model_server.advance(200)
        assert anthropic_usage(model_server, content)[1] > 0
    model_server.advance(301)
    assert anthropic_usage(model_server, content)[1] == 0


def test_anthropic_an_hour_costs_double_and_lasts(model_server: ModelServer) -> None:
    content = [block(STABLE, "1h"), plain("x")]
    _, _, five, hour = anthropic_usage(model_server, content)
    assert five == 0 and hour > 2_048
    used = model_server.log[0].usage
    assert model_server.bill == pytest.approx((used.input * 5 + hour * 10 + used.output * 25) / 1e6)
    model_server.advance(3_000)
    assert anthropic_usage(model_server, content)[1] == hour


def test_anthropic_two_breakpoints_are_counted_apart(model_server: ModelServer) -> None:
    anthropic_usage(model_server, [block(STABLE), block("more " * 300), plain("x")])
    _, read, written, _ = anthropic_usage(model_server, [block(STABLE), block("else " * 300), plain("x")])
    assert read > 2_048 and 300 <= written < 310


def test_anthropic_effort_and_schema_lose_message_caches_but_not_the_system(
    model_server: ModelServer,
) -> None:
    content, system = [block(STABLE), plain("x")], [block(STABLE)]
    both = anthropic_usage(model_server, content, system=system)
    low = anthropic_usage(model_server, content, system=system, output_config={"effort": "low"})
    assert both[1] == 0 and 0 < low[1] < both[2] and low[2] > 0


def test_anthropic_looks_back_twenty_blocks(model_server: ModelServer) -> None:
    head = [block(STABLE)]
    anthropic_usage(model_server, head)
    near = [plain(STABLE), *(plain(f"b{i}") for i in range(19)), block("end")]
    far = [plain(STABLE), *(plain(f"c{i}") for i in range(20)), block("end")]
    assert anthropic_usage(model_server, near)[1] > 0
    assert anthropic_usage(model_server, far)[1] == 0


def test_anthropic_top_level_marks_the_last_block(model_server: ModelServer) -> None:
    first = anthropic_usage(model_server, [plain(STABLE)], cache_control=EPHEMERAL)
    assert first[0] == 0 and first[2] > 2_048
    assert anthropic_usage(model_server, [plain(STABLE)], cache_control=EPHEMERAL)[1] == first[2]


@pytest.mark.parametrize("wire", ["responses", "messages"])
def test_readable_only_once_the_first_response_has_begun(model_server: ModelServer, wire: str) -> None:
    body = (
        good("responses", input=STABLE)
        if wire == "responses"
        else good("messages", messages=[{"role": "user", "content": [block(STABLE)]}])
    )
    model_server.answer("late", first_token=1.0)
    with ThreadPoolExecutor() as pool:
        # Not streamed: the response begins after the first token's time.
        late = pool.submit(ask, model_server, wire, body)
        model_server.wait_arrived(1)
        ask(model_server, wire, body)
        late.result(20)
    ask(model_server, wire, body)
    model_server.wait_idle()
    assert [record.usage.cached > 0 for record in model_server.log] == [False, False, True]
