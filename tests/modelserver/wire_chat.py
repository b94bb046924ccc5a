"""Chat Completions and the older raw Completions, as events or as one object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .calls import Call, Frame, Reply
from .catalog import Usage, Vendor
from .wire_responses import CREATED

_FINISH = {"end": "stop", "length": "length", "filter": "content_filter", "refusal": "stop"}


def usage_json(usage: Usage, vendor: Vendor = "compatible") -> dict[str, Any]:
    found: dict[str, Any] = {
        "prompt_tokens": usage.total_input,
        "completion_tokens": usage.output,
        "total_tokens": usage.total_input + usage.output,
    }
    if vendor == "google":
        # Thinking is in the total only, and what was not cached is not mentioned.
        found["completion_tokens"] -= usage.reasoning
        if usage.cached:
            found["prompt_tokens_details"] = {"cached_tokens": usage.cached}
    if vendor == "openai":
        found["prompt_tokens_details"] = {"cached_tokens": usage.cached, "audio_tokens": 0}
        found["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning, "audio_tokens": 0}
    return found


def _head(call: Call, reply: Reply, kind: str) -> dict[str, Any]:
    head: dict[str, Any] = {"id": f"chatcmpl-{reply.id}", "object": kind, "created": CREATED}
    head["model"] = call.row.id
    return {**head, "service_tier": reply.tier} if call.row.vendor == "openai" else head


def whole(call: Call, reply: Reply) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply.text or None, "refusal": reply.refusal or None}
    if reply.stop == "end":
        message["content"] = reply.text
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _FINISH[reply.stop]}
    usage = usage_json(reply.usage, call.row.vendor)
    return {**_head(call, reply, "chat.completion"), "choices": [choice], "usage": usage}


def frames(call: Call, reply: Reply) -> Iterator[Frame]:
    head = _head(call, reply, "chat.completion.chunk")
    counted = bool((call.body.get("stream_options") or {}).get("include_usage"))
    if counted:
        head["usage"] = None

    def chunk(delta: dict[str, Any], finish: str | None = None, tokens: int = 0) -> Frame:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return Frame(None, {**head, "choices": [choice]}, tokens)

    yield chunk({"role": "assistant", "content": "", "refusal": None})
    for piece in reply.pieces:
        yield chunk({"content": piece}, tokens=1)
    google = call.row.vendor == "google"
    if reply.refusal and not google:
        yield chunk({"refusal": reply.refusal})
    yield chunk({}, "content_filter" if google and reply.refusal else _FINISH[reply.stop])
    if counted:
        usage = usage_json(reply.usage, call.row.vendor)
        yield Frame(None, {**head, "choices": [], "usage": usage})
    yield Frame(None, "[DONE]")


def raw_whole(call: Call, reply: Reply) -> dict[str, Any]:
    choice = {"index": 0, "text": reply.text, "logprobs": None, "finish_reason": _FINISH[reply.stop]}
    usage = usage_json(reply.usage)
    return {**_head(call, reply, "text_completion"), "choices": [choice], "usage": usage}


def raw_frames(call: Call, reply: Reply) -> Iterator[Frame]:
    head = _head(call, reply, "text_completion")
    for piece in reply.pieces:
        choice: dict[str, Any] = {"index": 0, "text": piece, "logprobs": None, "finish_reason": None}
        yield Frame(None, {**head, "choices": [choice]}, 1)
    last = {"index": 0, "text": "", "logprobs": None, "finish_reason": _FINISH[reply.stop]}
    yield Frame(None, {**head, "choices": [last], "usage": usage_json(reply.usage)})
    yield Frame(None, "[DONE]")


def google_error_frame(status: str, message: str) -> Frame:
    return Frame(None, {"error": {"code": 503, "message": message, "status": status}})


def error_frame(code: str, message: str) -> Frame:
    return Frame(None, {"error": {"message": message, "type": code, "param": None, "code": code}})
