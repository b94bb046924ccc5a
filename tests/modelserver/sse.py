"""Frames as bytes of an event stream, well formed or on purpose not."""

from __future__ import annotations

import json
from typing import Any

from .calls import Frame
from .faults import Fault

_TEXTS = ("delta", "content", "text")


def encode(frame: Frame, fault: Fault | None = None) -> bytes:
    """One event. Text is sent as UTF-8, not escaped, as the vendors do."""
    if fault is Fault.ODD_FRAMING:
        return _oddly(frame)
    content = _spoil(frame.data) if frame.tokens and fault is Fault.INVALID_UTF8 else frame.data
    data = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    if frame.tokens and fault is Fault.BROKEN_JSON:
        data = data[: len(data) // 2]
    name = f"event: {frame.event}\n" if frame.event else ""
    return f"{name}data: {data}\n\n".encode("utf-8", "surrogateescape")


def _spoil(data: Any) -> Any:
    """The same event with a byte in its text that no UTF-8 has: `surrogateescape` writes it as 0xFF."""
    if isinstance(data, list):
        return [_spoil(item) for item in data]
    if not isinstance(data, dict):
        return data
    return {
        key: f"{value}\udcff" if key in _TEXTS and isinstance(value, str) else _spoil(value)
        for key, value in data.items()
    }


def _oddly(frame: Frame) -> bytes:
    """The same event by every liberty the event-stream grammar gives."""
    data = frame.data if isinstance(frame.data, str) else json.dumps(frame.data, ensure_ascii=False, indent=1)
    lines = [": a comment", "id: 7", "retry: 3000"]
    lines += [f"event:{frame.event}"] if frame.event else []
    lines += [f"data:{line}" for line in data.splitlines()]
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace")


def unknown(wire: str) -> Frame:
    """An event of the future."""
    data = {"type": "response.future.thing", "sequence_number": 0, "news": {"deep": [1, None]}}
    if wire == "messages":
        return Frame("future_thing", {"type": "future_thing", "news": [1]})
    if wire == "responses":
        return Frame("response.future.thing", data)
    return Frame(None, {"id": "x", "object": "future.chunk", "choices": [], "news": [1]})
