"""What a vendor's failure becomes: the class, the pause, and words that tell no secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import pytest

from counterpoint import errors
from counterpoint.calls import Meter
from counterpoint.models import Usage, load_catalogue
from counterpoint.providers import Done
from counterpoint.providers.explaining import FAULTS, Sdk, explained
from counterpoint.providers.failures import Told, Who, failure, from_event, from_status, shown
from counterpoint.providers.pauses import retry_after

OPENAI = Who("openai", "OpenAI", "sk-proj-abcdefgh12345678", ("def secret_algorithm(x): return x * 41\n",))
ANTHROPIC = Who("anthropic", "Anthropic", bare_429_is_money=True)


class SdkError(Exception):
    pass


class StatusError(SdkError):
    status_code = 404
    body: object = None
    response = httpx2.Response(404, headers={"x-request-id": "r"})


class SdkTimeout(SdkError):
    pass


SDK = Sdk(SdkError, StatusError, SdkTimeout)


def body(message: str = "m", **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message, **fields}}


@pytest.mark.parametrize(
    ("status", "content", "kind"),
    [
        (400, body("Your credit balance is too low"), errors.BillingRequired),
        (400, body("prompt is too long: 2 tokens > 1 maximum"), errors.PromptTooLong),
        (400, body("the request exceeds the available context size"), errors.PromptTooLong),
        (400, body(code="context_length_exceeded"), errors.PromptTooLong),
        (400, body(code="invalid_prompt"), errors.Refused),
        (400, {"message": "bare", "code": "context_length_exceeded"}, errors.PromptTooLong),
        (400, {"error": "a sentence"}, errors.BadRequest),
        (400, "<html>", errors.BadRequest),
        (403, body("usage limits reached"), errors.BillingRequired),
        (405, None, errors.NotFound),
        (407, None, errors.Forbidden),
        (418, None, errors.BadRequest),
        (429, body(type="insufficient_quota"), errors.BillingRequired),
        (429, body("You exceeded your current quota"), errors.RateLimited),
        (501, None, errors.ServerFault),
        (524, "<html>", errors.ServerFault),
        (302, "", errors.NotFound),
    ],
)
def test_status(status: int, content: object, kind: type[errors.ProviderError]) -> None:
    found = from_status(OPENAI, status, {}, content)
    assert type(found.error) is kind
    assert found.error.status == status
    assert found.retry == kind.retry


def test_a_bare_429_is_money_at_anthropic_only() -> None:
    limited, theirs = body(type="rate_limit_error"), {"request-id": "req_1"}
    assert type(from_status(ANTHROPIC, 429, theirs, limited).error) is errors.BillingRequired
    assert (
        type(from_status(ANTHROPIC, 429, {**theirs, "retry-after": "0"}, limited).error) is errors.RateLimited
    )
    assert type(from_status(OPENAI, 429, theirs, limited).error) is errors.RateLimited
    gateway = from_status(ANTHROPIC, 429, {}, limited).error
    assert type(gateway) is errors.RateLimited, "without the vendor's id, a gateway has answered in its place"


@pytest.mark.parametrize(("header", "retry"), [("true", True), ("false", False), ("odd", True), ("", True)])
def test_the_servers_own_word_on_retrying(header: str, retry: bool) -> None:
    assert from_status(OPENAI, 500, {"x-should-retry": header}, None).retry is retry


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2"}, 2.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 -0000"}, 0.0),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds


def test_retry_after_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 90 < (retry_after({"retry-after": later}) or 0) <= 100


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("overloaded_error", "", errors.Overloaded),
        ("rate_limit_exceeded", "", errors.RateLimited),
        ("insufficient_quota", "", errors.BillingRequired),
        ("timeout_error", "", errors.ProviderTimeout),
        ("authentication_error", "", errors.Unauthorized),
        ("invalid_request_error", "prompt is too long", errors.PromptTooLong),
        ("invalid_request_error", "no", errors.BadRequest),
        ("brand_new_error", "", errors.ServerFault),
        ("", "", errors.ServerFault),
    ],
)
def test_events(code: str, message: str, kind: type[errors.ProviderError]) -> None:
    error = from_event(OPENAI, Told(code, message), "req_7")
    assert type(error) is kind
    assert error.request_id == "req_7"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Unknown parameter: 'foo'.", "Unknown parameter: 'foo'."),
        ("two\nlines\x1b[31m", "two lines [31m"),
        ("Incorrect key sk-proj-abcdefgh12345678", ""),
        ("Incorrect key sk-proj-****5678 given", "Incorrect key [...] given"),
        ("token eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9abc", "token [...]"),
        ("near 'def secret_algorithm(x): return x * 41'", ""),
        ("bad {'input': 'def f'}", "bad {"),
        ("1 error: input_value='code', input_type=str", "1 error:"),
        ("x y" * 100, "x y" * 53 + "…"),
    ],
)
def test_what_is_shown_of_the_vendors_words(message: str, expected: str) -> None:
    assert shown(OPENAI, message) == expected


def test_messages_say_who_and_what_next() -> None:
    error = failure(OPENAI, errors.RateLimited, retry_after=12.4)
    assert str(error) == "OpenAI asks for a pause. Ask again in 12 s."
    error = from_status(OPENAI, 401, {}, body("Incorrect API key provided: sk-pr***78.")).error
    assert str(error) == (
        "OpenAI did not accept the key. Set a working key with `counterpoint keys set openai`;"
        " a key in the environment comes before it."
    )
    error = from_status(ANTHROPIC, 401, {}, body("x-api-key header is required")).error
    assert error.message == "Anthropic did not accept the key: there is none."
    assert from_status(OPENAI, 500, {}, None).error.message == "OpenAI failed inside: status 500."


def test_every_class_has_its_words() -> None:
    for kind in errors.ProviderError.__subclasses__():
        error = failure(ANTHROPIC, kind)
        assert "Anthropic" in error.message
        assert error.fix
        assert "{" not in str(error)


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (StatusError(), errors.NotFound, "does not know"),
        (SdkTimeout(), errors.ProviderTimeout, "in time"),
        (TimeoutError(), errors.ProviderTimeout, "in time"),
        (httpx2.ReadTimeout(""), errors.ProviderTimeout, "in time"),
        (ValueError("what is it"), errors.BrokenStream, "what is it"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), errors.BrokenStream, "UTF-8"),
        (httpx2.DecodingError(""), errors.BrokenStream, "compression"),
        (httpx2.ReadError(""), errors.ConnectionFailed, "broke off"),
        (ConnectionResetError(), errors.ConnectionFailed, "broke off"),
        (caused(SdkError(), httpx2.ConnectError("refused")), errors.ConnectionFailed, "nothing answers"),
        (caused(SdkError(), httpx2.ProxyError("407")), errors.ConnectionFailed, "proxy"),
        (caused(SdkError(), httpx2.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]")), errors.ConnectionFailed,
         "certificate"),
    ],
)  # fmt: skip
def test_exceptions(error: Exception, kind: type[errors.ProviderError], words: str) -> None:
    assert isinstance(error, (*FAULTS, SdkError))
    found = explained(error, OPENAI, SDK)
    assert type(found.error) is kind
    assert words in found.error.message
    assert found.retry == kind.retry


def test_our_own_errors_pass() -> None:
    error = errors.Overloaded("m")
    assert explained(error, OPENAI, SDK).error is error


def test_a_vendors_reason_to_decline_ends_in_one_full_stop() -> None:
    model = load_catalogue().model("gpt-5.5")
    meter = Meter(model, 1)
    meter.take(Done("refusal", Usage(), model.name, detail="I can't help with that."))
    with pytest.raises(errors.Refused) as caught:
        meter.refuse()
    assert caught.value.message == "GPT-5.5 declined to answer: I can't help with that."
