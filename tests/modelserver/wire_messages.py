"""Anthropic's Messages wire: a reply as events in the vendor's order, or as one object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .calls import Call, Frame, Reply
from .catalog import Usage

_STOPS = {"end": "end_turn", "length": "max_tokens", "refusal": "refusal", "filter": "refusal"}
_THOUGHT = "Looking at what was asked before answering."
_SIGNATURE = "c2lnbmF0dXJlLW9mLXRoZS10ZXN0LXNlcnZlcg=="


def usage_json(usage: Usage, output: int) -> dict[str, Any]:
    return {
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.write_5m + usage.write_1h,
        "cache_read_input_tokens": usage.cached,
        "cache_creation": {
            "ephemeral_5m_input_tokens": usage.write_5m,
            "ephemeral_1h_input_tokens": usage.write_1h,
        },
        "output_tokens": output,
        "output_tokens_details": {"thinking_tokens": min(usage.reasoning, output)},
        "service_tier": "standard",
        "inference_geo": "global",
    }


def _message(call: Call, reply: Reply, content: list[dict[str, Any]], output: int) -> dict[str, Any]:
    return {
        "id": f"msg_{reply.id}",
        "type": "message",
        "role": "assistant",
        "model": call.row.id,
        "content": content,
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "usage": usage_json(reply.usage, output),
    }


def _stop(reply: Reply) -> dict[str, Any]:
    """`stop_reason` and what belongs to it."""
    reason = _STOPS[reply.stop]
    details = None
    if reason == "refusal":
        explanation = reply.refusal or "The answer was stopped by a content filter."
        details = {"type": "refusal", "category": "cyber", "explanation": explanation}
    return {"stop_reason": reason, "stop_sequence": None, "stop_details": details}


def _thought(call: Call) -> str:
    return _THOUGHT if (call.body.get("thinking") or {}).get("display") == "summarized" else ""


def whole(call: Call, reply: Reply) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    if call.thinks:
        content.append({"type": "thinking", "thinking": _thought(call), "signature": _SIGNATURE})
    if reply.text:
        content.append({"type": "text", "text": reply.text, "citations": None})
    return {**_message(call, reply, content, reply.usage.output), **_stop(reply)}


def frames(call: Call, reply: Reply) -> Iterator[Frame]:
    for data, tokens in _events(call, reply):
        yield Frame(data["type"], data, tokens)


_Event = tuple[dict[str, Any], int]


def _events(call: Call, reply: Reply) -> Iterator[_Event]:
    yield {"type": "message_start", "message": _message(call, reply, [], 0)}, 0
    yield {"type": "ping"}, 0
    index = 0
    if call.thinks:
        yield from _thinking_block(call)
        index = 1
    if reply.pieces:
        yield from _text_block(reply, index)
    usage = usage_json(reply.usage, reply.usage.output)
    yield {"type": "message_delta", "delta": _stop(reply), "usage": usage}, 0
    yield {"type": "message_stop"}, 0


def _thinking_block(call: Call) -> Iterator[_Event]:
    block = {"type": "thinking", "thinking": "", "signature": ""}
    yield {"type": "content_block_start", "index": 0, "content_block": block}, 0
    deltas = [{"type": "thinking_delta", "thinking": _thought(call)}] if _thought(call) else []
    for delta in (*deltas, {"type": "signature_delta", "signature": _SIGNATURE}):
        yield {"type": "content_block_delta", "index": 0, "delta": delta}, 0
    yield {"type": "content_block_stop", "index": 0}, 0


def _text_block(reply: Reply, index: int) -> Iterator[_Event]:
    yield {"type": "content_block_start", "index": index, "content_block": {"type": "text", "text": ""}}, 0
    for piece in reply.pieces:
        delta = {"type": "text_delta", "text": piece}
        yield {"type": "content_block_delta", "index": index, "delta": delta}, 1
    yield {"type": "content_block_stop", "index": index}, 0


def error_frame(code: str, message: str) -> Frame:
    return Frame("error", {"type": "error", "error": {"type": code, "message": message}})
