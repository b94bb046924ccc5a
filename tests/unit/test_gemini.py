"""What is Google's own: keys, addresses, errors, bill, and thinking that cannot be left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from counterpoint.endpoints import base_url, destination, endpoint_for
from counterpoint.errors import BillingRequired, BrokenStream, ConfigError, RateLimited, Unauthorized
from counterpoint.keys import Key, Keys
from counterpoint.models import Model, load_catalogue
from counterpoint.providers import Done, Endpoint
from counterpoint.providers.failures import Told, Who, from_event, from_status
from counterpoint.providers.gemini import GeminiReader, body
from counterpoint.providers.google import GoogleProvider
from counterpoint.providers.reading import effort_of
from counterpoint.providers.sse import Event
from counterpoint.settings import Endpoints, EndpointSettings, Settings
from tests.modelserver import Fault, ModelServer
from tests.unit.adapter_models import GEMINI, GPT, OPUS
from tests.unit.adapter_subjects import SUBJECTS, Subject, ask, failing, opened, reply, running, seen, server

__all__ = ["running", "server"]  # fixtures

SUBJECT = next(one for one in SUBJECTS if one.google)
WHO = Who("google", "Google")


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("environ", "key"),
    [
        ({}, None),
        ({"GEMINI_API_KEY": "AIza-1"}, "AIza-1"),
        ({"GOOGLE_API_KEY": "AIza-2"}, "AIza-2"),
        ({"GEMINI_API_KEY": "AIza-1", "GOOGLE_API_KEY": "AIza-2"}, "AIza-1"),
        ({"GEMINI_API_KEY": "  ", "GOOGLE_API_KEY": "AIza-2"}, "AIza-2"),
    ],
)
async def test_a_key_may_stand_under_either_of_googles_names(
    environ: Mapping[str, str], key: str | None
) -> None:
    found = await Keys(environ=environ, keyring=False).get("google")
    assert (found.value if found else None) == key


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/v1beta/openai"),
        ("http://127.0.0.1:8080/v1beta/", "http://127.0.0.1:8080/v1beta/openai"),
        ("http://127.0.0.1:8080/v1beta/openai/", "http://127.0.0.1:8080/v1beta/openai"),
        ("https://gateway.example.org/gemini/v1", "https://gateway.example.org/gemini/v1"),
    ],
)
def test_the_address_is_taken_in_googles_form(given: str, used: str) -> None:
    assert base_url("google", Settings(), {"GEMINI_BASE_URL": given}).url == used
    own = Settings(endpoints=Endpoints(google=EndpointSettings(base_url=given)))
    assert base_url("google", own, {}).url == used


def test_a_single_call_is_no_address() -> None:
    with pytest.raises(ConfigError, match="GEMINI_BASE_URL names a single call"):
        base_url("google", Settings(), {"GEMINI_BASE_URL": "https://x.example.org/v1/chat/completions"})


def test_consent_names_google_and_any_other_host_it_is_reached_at() -> None:
    key = Key("AIza-1", "environment")
    assert destination(endpoint_for("google", Settings(), key, {})) == "google"
    there = {"GEMINI_BASE_URL": "https://gateway.example.org/v1"}
    assert destination(endpoint_for("google", Settings(), key, there)) == "google at gateway.example.org"


def test_google_is_asked_only_where_the_user_allows_it() -> None:
    assert "google" not in Settings().providers.allow


@pytest.mark.parametrize(
    ("model", "asked", "sent"),
    [
        (GEMINI, None, "low"),
        (GEMINI, "none", "low"),
        (GEMINI, "xhigh", "high"),
        (GPT, None, None),
        (GPT, "none", "none"),
        (load_catalogue().model("gpt-5.5-pro"), "none", "medium"),
        (OPUS, None, None),
    ],
)
def test_a_model_that_always_thinks_is_told_to_think_little(
    model: Model, asked: str | None, sent: str | None
) -> None:
    request = replace(ask(SUBJECT), model=model, effort=asked)
    assert effort_of(request) == sent


def test_what_is_sent_is_what_googles_page_names() -> None:
    request = replace(ask(SUBJECT), schema={"type": "object", "properties": {"a": {"const": 1}}}, tier="fast")
    request = replace(request, cache_key="k")
    sent = body(request)
    assert set(sent) == {
        "model", "messages", "stream", "stream_options", "max_completion_tokens", "reasoning_effort",
        "response_format",
    }  # fmt: skip
    schema = sent["response_format"]["json_schema"]["schema"]
    assert schema == {
        "type": "object", "properties": {"a": {"enum": [1]}}, "additionalProperties": False
    }  # fmt: skip


def used(**usage: Any) -> Done:
    """The end of an answer with this usage."""
    reader = GeminiReader(ask(SUBJECT), None)
    chunk = {"choices": [{"delta": {"content": "x"}, "finish_reason": "stop"}], "usage": usage}
    assert list(reader.read(Event("", json.dumps(chunk))))
    (done,) = reader.read(Event("", "[DONE]"))
    assert isinstance(done, Done)
    return done


@pytest.mark.parametrize(
    ("usage", "output", "thought"),
    [
        ({"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}, 20, 0),
        ({"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 620}, 520, 500),
        ({"prompt_tokens": 100, "completion_tokens": 520, "total_tokens": 620,
          "completion_tokens_details": {"reasoning_tokens": 500}}, 520, 500),
        ({"prompt_tokens": 100, "completion_tokens": 20}, 20, 0),
    ],
    ids=["no thinking", "left out", "counted", "no total"],
)  # fmt: skip
def test_thinking_is_billed_whichever_way_it_is_told(
    usage: dict[str, Any], output: int, thought: int
) -> None:
    found = used(**usage).usage
    assert (found.input_tokens, found.output_tokens, found.reasoning_tokens) == (100, output, thought)


def test_a_cached_part_is_part_of_the_prompt() -> None:
    found = used(prompt_tokens=5_000, completion_tokens=1, prompt_tokens_details={"cached_tokens": 4_096})
    assert (found.usage.input_tokens, found.usage.cached_tokens) == (5_000, 4_096)


DAY = {"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}
MINUTE = {"violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}]}
PAUSE = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "37.5s"}


def error(code: int, status: str, message: str = "No.", *details: Any) -> dict[str, Any]:
    return {"error": {"code": code, "message": message, "status": status, "details": list(details)}}


@pytest.mark.parametrize("listed", [False, True], ids=["object", "list"])
@pytest.mark.parametrize(
    ("body", "status", "kind", "pause"),
    [
        (error(429, "RESOURCE_EXHAUSTED", "Quota.", MINUTE, PAUSE), 429, RateLimited, 37.5),
        (error(429, "RESOURCE_EXHAUSTED", "Quota.", DAY, PAUSE), 429, BillingRequired, None),
        (error(429, "RESOURCE_EXHAUSTED"), 429, RateLimited, None),
        (error(400, "INVALID_ARGUMENT", "API key not valid. Please pass one."), 400, Unauthorized, None),
        (error(400, "FAILED_PRECONDITION", "Please enable billing."), 400, BillingRequired, None),
    ],
    ids=["minute", "day", "bare", "key", "billing"],
)
def test_an_error_is_read_alone_and_as_the_one_item_of_a_list(
    body: Any, status: int, kind: type[Exception], pause: float | None, listed: bool
) -> None:
    found = from_status(WHO, status, {}, [body] if listed else body).error
    assert type(found) is kind
    assert found.retry_after == pause


@pytest.mark.parametrize("details", [None, "x", ["x"], [{"violations": "x"}], [{"retryDelay": 3}]])
def test_odd_details_are_passed_over(details: Any) -> None:
    body = {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "details": details}}
    found = from_status(WHO, 429, {}, body).error
    assert type(found) is RateLimited and found.retry_after is None


@pytest.mark.parametrize(
    "text", ['[{"error": {"status": "UNAVAILABLE"}}]', '{"error": {"status": "UNAVAILABLE"}}']
)
def test_an_error_amid_the_stream_is_no_chunk(text: str) -> None:
    with pytest.raises(Told) as told:
        list(GeminiReader(ask(SUBJECT), None).read(Event("", text)))
    assert from_event(WHO, told.value).code == "overloaded"


def test_a_list_that_is_no_error_is_nonsense() -> None:
    with pytest.raises(ValueError, match="not a JSON object"):
        list(GeminiReader(ask(SUBJECT), None).read(Event("", "[1]")))


@pytest.mark.asyncio
async def test_a_pause_that_stands_in_the_body_is_kept(server: ModelServer) -> None:
    server.fault(Fault.RATE_LIMITED, retry_after=3)
    found, _ = await failing(SUBJECT, server)
    assert type(found) is RateLimited and found.retry_after == 3.0


@pytest.mark.asyncio
async def test_a_wrong_key_is_said_to_be_one(server: ModelServer) -> None:
    wrong = Subject("wrong", GEMINI, lambda there: SUBJECT.open(_with_key(there, "AIza-wrong")))
    found, _ = await failing(wrong, server)
    assert type(found) is Unauthorized
    assert "counterpoint keys set google" in str(found)


def _with_key(server: ModelServer, key: str) -> ModelServer:
    class Other:
        google_key, google_url = key, server.google_url

    return Other()  # type: ignore[return-value]


@pytest.mark.asyncio
async def test_a_model_is_described_by_its_own_name_and_tokens_are_not_counted(server: ModelServer) -> None:
    async with opened(SUBJECT, server) as provider:
        notice = await provider.describe(GEMINI, 10.0)  # type: ignore[attr-defined]
        assert notice.id == GEMINI.id
        assert await provider.count(ask(SUBJECT)) is None


@pytest.mark.asyncio
async def test_what_thinking_costs_is_on_both_bills(server: ModelServer) -> None:
    server.answer("ok")
    async with opened(SUBJECT, server) as provider:
        found = await reply(provider, ask(SUBJECT, effort="high", max_output_tokens=4_000))
    (record,) = await seen(server)
    assert found.done.usage.reasoning_tokens == record.usage.reasoning > 0
    assert found.done.usage.output_tokens == record.usage.output


@pytest.mark.asyncio
async def test_a_page_of_a_proxy_is_no_answer(server: ModelServer) -> None:
    server.fault(Fault.HTML_OK)
    found, _ = await failing(SUBJECT, server)
    assert type(found) is BrokenStream and "endpoints.google.base_url" in str(found)


@pytest.mark.asyncio
async def test_google_is_not_told_what_is_openais(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Gateway-Key: very secret")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    provider = GoogleProvider(Endpoint("google", key="AIza-1", headers={"x-own": "yes"}))
    try:
        sent = {name.lower(): value for name, value in provider._client.default_headers.items()}
    finally:
        await provider.close()
    told = {name: value for name, value in sent.items() if isinstance(value, str)}
    assert not {"openai-organization", "openai-project", "x-gateway-key"} & set(told)
    assert told["x-own"] == "yes"
    assert provider._client.auth_headers == {"Authorization": "Bearer AIza-1"}
