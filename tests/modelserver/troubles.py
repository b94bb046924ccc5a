"""The words of faults that are one error answer."""

from __future__ import annotations

from typing import Any

from .catalog import Vendor
from .faults import STATUS_FAULTS, Fault, Trouble
from .refusals import Refusal

_CODES: dict[Fault, tuple[str, str, str | None]] = {
    # fault: (message, OpenAI's type, OpenAI's code)
    Fault.BAD_REQUEST: ("The request was not understood.", "invalid_request_error", None),
    Fault.UNAUTHORIZED: ("Incorrect API key provided.", "invalid_request_error", "invalid_api_key"),
    Fault.PAYMENT: ("Payment required: the balance is too low.", "billing_error", "payment_required"),
    Fault.FORBIDDEN: ("You do not have access to this model.", "invalid_request_error", "access_denied"),
    Fault.NOT_FOUND: ("The model does not exist.", "invalid_request_error", "model_not_found"),
    Fault.REQUEST_TIMEOUT: ("The request timed out.", "timeout", None),
    Fault.CONFLICT: ("The request conflicts with another.", "invalid_request_error", "conflict"),
    Fault.TOO_LARGE: ("Request exceeds the maximum size", "invalid_request_error", "request_too_large"),
    Fault.UNPROCESSABLE: ("The request could not be processed.", "invalid_request_error", None),
    Fault.RATE_LIMITED: ("Rate limit reached. Please try again.", "requests", "rate_limit_exceeded"),
    Fault.RATE_LIMITED_BARE: ("Rate limit reached. Please try again.", "requests", "rate_limit_exceeded"),
    Fault.QUOTA: (
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        "insufficient_quota",
    ),
    Fault.SERVER_ERROR: ("The server had an error.", "server_error", "server_error"),
    Fault.UNAVAILABLE: ("Slow Down: the service is unavailable.", "service_unavailable_error", "slow_down"),
    Fault.GATEWAY_TIMEOUT: ("The gateway timed out.", "server_error", "timeout"),
    Fault.OVERLOADED: ("Overloaded", "server_error", "overloaded"),
}


_PAUSE = {"@type": "type.googleapis.com/google.rpc.RetryInfo"}
_QUOTA = {"@type": "type.googleapis.com/google.rpc.QuotaFailure"}


def _at_google(trouble: Trouble) -> Refusal | None:
    """What reads otherwise there: a key that is wrong, and a pause, which stands in the body."""
    if trouble.fault is Fault.CONTEXT_TOO_LONG:
        text = "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576)."
        return Refusal(text)
    if trouble.fault is Fault.UNAUTHORIZED:
        return Refusal("API key not valid. Please pass a valid API key.")
    text = "You exceeded your current quota, please check your plan and billing details."
    if trouble.fault is Fault.RATE_LIMITED:
        pause = {**_PAUSE, "retryDelay": f"{trouble.option('retry_after', 1)}s"}
        return Refusal(text, 429, details=(_violated("PerMinute"), pause))
    if trouble.fault is Fault.QUOTA:
        return Refusal(text, 429, details=(_violated("PerDay"), {**_PAUSE, "retryDelay": "37s"}))
    return None


def _violated(span: str) -> dict[str, Any]:
    quota = f"GenerateRequests{span}PerProjectPerModel"
    return {**_QUOTA, "violations": [{"quotaMetric": "generate_content_requests", "quotaId": quota}]}


def refusal_for(trouble: Trouble, vendor: Vendor) -> Refusal:
    """The error answer for a fault of `STATUS_FAULTS`."""
    if vendor == "google" and (found := _at_google(trouble)) is not None:
        return found
    if trouble.fault is Fault.CONTEXT_TOO_LONG:
        if vendor == "anthropic":
            return Refusal("prompt is too long: 1000001 tokens > 1000000 maximum")
        text = "Your input exceeds the context window of this model."
        return Refusal(text, param="input", code="context_length_exceeded")
    message, kind, code = _CODES[trouble.fault]
    if trouble.fault is Fault.QUOTA and vendor == "anthropic":
        message = "You have reached your specified API usage limits."
    retry_after = trouble.option("retry_after", 1) if trouble.fault is Fault.RATE_LIMITED else None
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    text = trouble.option("message", message)
    return Refusal(text, STATUS_FAULTS[trouble.fault], kind, None, code, headers)
