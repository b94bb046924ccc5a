"""One base URL, and everything works through a gateway; what fails is told as the vendor's own failure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from counterpoint import errors
from counterpoint.endpoints import base_url
from counterpoint.models import cost_of
from counterpoint.providers.opening import open_now
from counterpoint.settings import Settings
from tests.modelserver import Fault, ModelServer
from tests.unit.adapter_models import GPT, GPT_CHAT, OPUS
from tests.unit.adapter_subjects import Subject, ask, endpoint, failing, opened, reply, running, seen, server

__all__ = ["running", "server"]  # fixtures


def _through(provider: str) -> object:
    """Opens an adapter as a user's one address leads it there."""

    def open_(models: ModelServer) -> object:
        given = models.gateway_url + ("/v1" if provider == "openai" else "")
        url = base_url(provider, Settings(), {f"{provider.upper()}_BASE_URL": given}).url
        return open_now(endpoint(models, provider, base_url=url))

    return open_


SUBJECTS = (
    Subject("responses", GPT, _through("openai")),  # type: ignore[arg-type]
    Subject("chat", GPT_CHAT, _through("openai")),  # type: ignore[arg-type]
    Subject("messages", OPUS, _through("anthropic")),  # type: ignore[arg-type]
)
subjects = pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)

FAULTS: dict[Fault, type[errors.ProviderError]] = {
    Fault.RATE_LIMITED: errors.RateLimited,
    Fault.RATE_LIMITED_BARE: errors.RateLimited,
    Fault.QUOTA: errors.BillingRequired,
    Fault.OVERLOADED: errors.Overloaded,
    Fault.SERVER_ERROR: errors.ServerFault,
    Fault.UNAUTHORIZED: errors.Unauthorized,
    Fault.FORBIDDEN: errors.Forbidden,
    Fault.NOT_FOUND: errors.NotFound,
    Fault.BAD_REQUEST: errors.BadRequest,
    Fault.CONTEXT_TOO_LONG: errors.PromptTooLong,
    Fault.ERROR_EVENT: errors.ServerFault,
    Fault.DROP_MID_STREAM: errors.ConnectionFailed,
}


@pytest.mark.asyncio
@subjects
async def test_an_answer_its_usage_and_its_price_come_through(subject: Subject, server: ModelServer) -> None:
    server.answer("def add(a, b):\n    return a + b\n")
    async with opened(subject, server) as provider:
        found = await reply(provider, ask(subject))
        counted = await provider.count(ask(subject))
    (record, *_) = await seen(server)
    assert record.path.startswith("/gateway/v1/")
    assert found.text == record.answer and found.done.stop == "end"
    assert cost_of(subject.model, found.done.usage, found.done.tier) == pytest.approx(server.bill, rel=1e-9)
    assert found.done.request_id
    assert counted == (None if subject.name == "chat" else found.done.usage.input_tokens)


@pytest.mark.asyncio
@subjects
@pytest.mark.parametrize("fault", FAULTS)
async def test_a_failure_is_the_vendors_own(subject: Subject, fault: Fault, server: ModelServer) -> None:
    options: dict[str, Any] = {"retry_after": 7} if fault is Fault.RATE_LIMITED else {}
    server.fault(fault, **options)
    found, _ = await failing(subject, server)
    kind = FAULTS[fault]
    if fault is Fault.ERROR_EVENT and subject.anthropic:
        kind = errors.Overloaded
    assert type(found) is kind, found
    assert "litellm" not in str(found) and "{" not in str(found)
    if fault is Fault.RATE_LIMITED:
        # On Anthropic's wire the gateway keeps the vendor's headers to itself.
        assert found.retry_after == (None if subject.anthropic else 7.0)


@pytest.mark.asyncio
@subjects
async def test_a_model_may_have_another_name_there(subject: Subject, server: ModelServer) -> None:
    named = replace(subject, model=replace(subject.model, id="team-model"))
    found, _ = await failing(named, server)
    assert type(found) is errors.NotFound and "the id in the model's row" in str(found)
