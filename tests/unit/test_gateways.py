"""What LiteLLM's proxy (1.106) was seen to make of errors and headers, and what we make of that.

The bodies are those it sent, put in front of a server that fails as the vendors do.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from counterpoint import errors
from counterpoint.endpoints import base_url
from counterpoint.providers.failures import Told, Who, from_event, from_status
from counterpoint.providers.gateways import header, unwrapped
from counterpoint.settings import Settings

OPENAI = Who("openai", "OpenAI at gateway.example.org", "sk-held")
ANTHROPIC = Who("anthropic", "Anthropic at gateway.example.org", bare_429_is_money=True)
FOOT = "\n\nLiteLLM: model group 'gpt-5.5' failed with the error above. No fallback was attempted."


def openai(status: int, message: str, kind: str = "invalid_request_error") -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": str(status)}}


def anthropic(kind: str, message: str) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message}}


def inner(message: str, kind: str, code: str | None = None) -> str:
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}})


def theirs(kind: str, message: str) -> str:
    return json.dumps({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"})


QUOTA = "You exceeded your current quota, please check your plan and billing details."
CASES: dict[str, tuple[Who, int, Any, type[errors.ProviderError], str]] = {
    # name: whom, status, body, what it is, what is said of it
    "a pace, as JSON in words": (
        OPENAI, 429, openai(429, "litellm.RateLimitError: RateLimitError: OpenAIException - "
                            + inner("Rate limit reached.", "requests", "rate_limit_exceeded") + FOOT,
                            "throttling_error"),
        errors.RateLimited, "asks for a pause: Rate limit reached. Ask"),
    "a pace, in words": (
        OPENAI, 429, openai(429, f"litellm.RateLimitError: RateLimitError: OpenAIException - Slower.{FOOT}"),
        errors.RateLimited, "asks for a pause: Slower. Ask"),
    "a pace on the other wire": (
        ANTHROPIC, 429, anthropic("rate_limit_error", "litellm.RateLimitError: AnthropicException - "
                                  + theirs("rate_limit_error", "Rate limit reached.") + FOOT),
        errors.RateLimited, "asks for a pause: Rate limit reached. Ask"),
    "money": (
        OPENAI, 429, openai(429, "litellm.RateLimitError: RateLimitError: OpenAIException - "
                            + inner(QUOTA, "insufficient_quota", "insufficient_quota") + FOOT),
        errors.BillingRequired, "Ask whoever runs the gateway."),
    "money, in words": (
        OPENAI, 429, openai(429, f"litellm.RateLimitError: RateLimitError: OpenAIException - {QUOTA}{FOOT}"),
        errors.BillingRequired, "Ask whoever runs the gateway."),
    "a pace that sounds like money": (
        OPENAI, 429, openai(429, "litellm.RateLimitError: RateLimitError: OpenAIException - "
                            f"{QUOTA} Please retry in 37.2s.{FOOT}"),
        errors.RateLimited, "Ask again in 37 s."),
    "money on the other wire": (
        ANTHROPIC, 429, anthropic("rate_limit_error", "litellm.RateLimitError: AnthropicException - "
                                  + theirs("rate_limit_error", "You have reached your usage limits.") + FOOT),
        errors.BillingRequired, "usage limits. Ask whoever runs the gateway."),
    "the gateway's own budget": (
        OPENAI, 422, openai(422, "Budget has been exceeded! Current cost: 1.2, Max budget: 1.0",
                            "budget_exceeded"),
        errors.BillingRequired, "Budget has been exceeded! Current cost: 1.2"),
    "the gateway's own budget, on the other wire": (
        ANTHROPIC, 429, anthropic("rate_limit_error", "Budget has been exceeded! Current cost: 1.2"),
        errors.BillingRequired, "Budget has been exceeded!"),
    "overload behind a 500": (
        ANTHROPIC, 500, anthropic("api_error", "litellm.InternalServerError: AnthropicError - "
                                  + theirs("overloaded_error", "Overloaded") + FOOT),
        errors.Overloaded, "is overloaded: Overloaded. Ask"),
    "a fault with advice to programmers": (
        ANTHROPIC, 500, anthropic("api_error", "litellm.InternalServerError: AnthropicException - " + theirs(
            "api_error", "It broke.") + ". Handle with `litellm.InternalServerError`." + FOOT),
        errors.ServerFault, "failed inside: It broke. Ask"),
    "the gateway's key at the vendor": (
        OPENAI, 401, openai(401, "litellm.AuthenticationError: AuthenticationError: OpenAIException - "
                            + inner("Incorrect API key.", "invalid_request_error", "invalid_api_key") + FOOT,
                            "authentication_error"),
        errors.Unauthorized, "which the vendor refused. Ask whoever runs the gateway."),
    "our key at the gateway": (
        OPENAI, 401, openai(401, "Authentication Error, Invalid proxy server token passed.", "auth_error"),
        errors.Unauthorized, "did not accept the key. Set a working key with"),
    "our key at a gateway that knows one": (
        OPENAI, 400, openai(400, "No connected db.", "no_db_connection"),
        errors.Unauthorized, "did not accept the key. Set a working key with"),
    "a model that our key may not use": (
        OPENAI, 401, openai(401, "key not allowed to access model. This key can only access models=['fast'].",
                            "key_model_access_denied"),
        errors.Forbidden, "does not let this key use the model"),
    "a model it does not have": (
        OPENAI, 400, openai(400, "/responses: Invalid model name passed in model=gpt-5.5. Call `/v1/models`"),
        errors.NotFound, "does not know the model or the address"),
    "a prompt that is too long": (
        ANTHROPIC, 400, anthropic("invalid_request_error", "litellm.ContextWindowExceededError: "
                                  "litellm.BadRequestError: AnthropicError - " + theirs(
                                      "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum")),
        errors.PromptTooLong, "too long for Anthropic at gateway.example.org: prompt is too long"),
    "all of its servers resting": (
        OPENAI, 429, openai(429, "No deployments available for selected model, Try again in 5 seconds.",
                            "throttling_error"),
        errors.RateLimited, "Ask again in 5 s."),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_error_is_the_vendors_again(case: tuple[Who, int, Any, type[errors.ProviderError], str]) -> None:
    who, status, body, kind, says = case
    found = from_status(who, status, {}, body).error
    assert type(found) is kind, found
    assert says in str(found)
    assert "litellm" not in str(found) and "{" not in str(found)


def test_a_pause_and_an_id_behind_a_prefix_are_found() -> None:
    headers = {"llm_provider-retry-after": "7", "llm_provider-x-request-id": "req_7"}
    found = from_status(OPENAI, 429, headers, openai(429, "Slower.")).error
    assert (found.retry_after, found.request_id) == (7.0, "req_7")
    assert header({"retry-after": "1", **headers}, "retry-after") == "1"


@pytest.mark.parametrize(
    "error", [{}, {"message": None}, {"message": 3}, {"message": "litellm is a library"}]
)
def test_what_is_no_gateways_error_stays_as_it_is(error: dict[str, Any]) -> None:
    assert unwrapped(error) == (error, False)


@pytest.mark.parametrize("said", ["[1]", '"x"', "{", '{"error": "x"}'])
def test_odd_insides_are_words(said: str) -> None:
    found, wrapped = unwrapped({"message": f"litellm.APIError: APIError: OpenAIException - {said}"})
    assert wrapped and isinstance(found["message"], str)


def test_an_error_amid_the_stream_is_the_vendors_too() -> None:
    text = "litellm.APIConnectionError: APIConnectionError: OpenAIException - It broke."
    found = from_event(OPENAI, Told.of({"message": text, "type": None, "code": "500"}))
    assert type(found) is errors.ServerFault
    assert found.message == "OpenAI at gateway.example.org failed inside: It broke."


@pytest.mark.parametrize(
    ("provider", "given", "used"),
    [
        ("openai", "http://gateway.example.org:4000", "http://gateway.example.org:4000/v1"),
        ("openai", "http://gateway.example.org:4000/v1/v1/", "http://gateway.example.org:4000/v1"),
        ("openai", "http://gateway.example.org/team/llm", "http://gateway.example.org/team/llm"),
        ("anthropic", "http://gateway.example.org:4000/v1", "http://gateway.example.org:4000"),
        ("anthropic", "http://gateway.example.org/anthropic/", "http://gateway.example.org/anthropic"),
    ],
)
def test_one_address_is_taken_in_either_form(provider: str, given: str, used: str) -> None:
    assert base_url(provider, Settings(), {f"{provider.upper()}_BASE_URL": given}).url == used
