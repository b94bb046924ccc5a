"""OpenAI's Responses wire: a reply as events in the vendor's order, or as one object."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from .calls import Call, Frame, Reply
from .catalog import Usage

CREATED = 1_795_000_000
_INCOMPLETE = {"length": "max_output_tokens", "filter": "content_filter"}


def usage_json(usage: Usage, details: bool = True) -> dict[str, Any]:
    """`details` False: as compatible servers send it."""
    found: dict[str, Any] = {
        "input_tokens": usage.total_input,
        "output_tokens": usage.output,
        "total_tokens": usage.total_input + usage.output,
    }
    if details:
        found["input_tokens_details"] = {"cached_tokens": usage.cached, "cache_write_tokens": 0}
        found["output_tokens_details"] = {"reasoning_tokens": usage.reasoning}
    return found


def _response(call: Call, reply: Reply, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
    done = status in ("completed", "incomplete")
    reason = _INCOMPLETE.get(reply.stop)
    return {
        "id": f"resp_{reply.id}",
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "error": None,
        "incomplete_details": {"reason": reason} if done and reason else None,
        "instructions": call.body.get("instructions"),
        "metadata": call.body.get("metadata") or {},
        "model": call.row.id,
        "output": output,
        "parallel_tool_calls": True,
        "reasoning": {"effort": call.effort, "summary": None},
        "service_tier": reply.tier if done else "auto",
        "store": call.body.get("store", True),
        "temperature": None,
        "text": call.body.get("text") or {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": None,
        "truncation": "disabled",
        "usage": usage_json(reply.usage, call.row.vendor == "openai") if done else None,
    }


def _final_status(reply: Reply) -> str:
    return "incomplete" if reply.stop in _INCOMPLETE else "completed"


def _parts(reply: Reply) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    if reply.text or not reply.refusal:
        parts.append({"type": "output_text", "text": reply.text, "annotations": [], "logprobs": []})
    if reply.refusal:
        parts.append({"type": "refusal", "refusal": reply.refusal})
    return parts


def _items(call: Call, reply: Reply) -> list[dict[str, Any]]:
    """The finished output items. Without any visible token of a limited reply there is no message."""
    items: list[dict[str, Any]] = []
    if call.thinks:
        items.append({"id": f"rs_{reply.id}", "type": "reasoning", "summary": []})
    if reply.pieces or reply.refusal or reply.stop == "end":
        status = _final_status(reply)
        items.append(
            {
                "id": f"msg_{reply.id}",
                "type": "message",
                "status": status,
                "role": "assistant",
                "content": _parts(reply),
            }
        )
    return items


def whole(call: Call, reply: Reply) -> dict[str, Any]:
    return _response(call, reply, _final_status(reply), _items(call, reply))


def frames(call: Call, reply: Reply) -> Iterator[Frame]:
    numbers = count()
    for name, data, tokens in _events(call, reply):
        yield Frame(name, {"type": name, "sequence_number": next(numbers), **data}, tokens)


_Event = tuple[str, dict[str, Any], int]


def _events(call: Call, reply: Reply) -> Iterator[_Event]:
    started = _response(call, reply, "in_progress", [])
    yield "response.created", {"response": started}, 0
    yield "response.in_progress", {"response": started}, 0
    for index, item in enumerate(_items(call, reply)):
        if item["type"] == "reasoning":
            yield "response.output_item.added", {"output_index": index, "item": item}, 0
        else:
            begun = {**item, "status": "in_progress", "content": []}
            yield "response.output_item.added", {"output_index": index, "item": begun}, 0
            yield from _part_events(call, reply, item, index)
        yield "response.output_item.done", {"output_index": index, "item": item}, 0
    status = _final_status(reply)
    yield f"response.{status}", {"response": whole(call, reply)}, 0


def _part_events(call: Call, reply: Reply, item: dict[str, Any], index: int) -> Iterator[_Event]:
    for number, part in enumerate(item["content"]):
        where = {"item_id": item["id"], "output_index": index, "content_index": number}
        empty = {**part, "refusal": ""} if part["type"] == "refusal" else {**part, "text": ""}
        yield "response.content_part.added", {**where, "part": empty}, 0
        if part["type"] == "refusal":
            yield "response.refusal.delta", {**where, "delta": part["refusal"]}, 0
            yield "response.refusal.done", {**where, "refusal": part["refusal"]}, 0
        else:
            for piece in reply.pieces:
                delta = {"delta": piece, "logprobs": [], **_noise(call)}
                yield "response.output_text.delta", {**where, **delta}, 1
            yield "response.output_text.done", {**where, "text": part["text"], "logprobs": []}, 0
        yield "response.content_part.done", {**where, "part": part}, 0


def _noise(call: Call) -> dict[str, str]:
    wanted = (call.body.get("stream_options") or {}).get("include_obfuscation", True)
    return {"obfuscation": "x" * 8} if wanted else {}


def error_frame(code: str, message: str) -> Frame:
    data = {"type": "error", "sequence_number": 999, "code": code, "message": message, "param": None}
    return Frame("error", data)


def failed_frame(call: Call, reply: Reply, code: str, message: str) -> Frame:
    failed = {**_response(call, reply, "failed", []), "error": {"code": code, "message": message}}
    data = {"type": "response.failed", "sequence_number": 999, "response": failed}
    return Frame("response.failed", data)
