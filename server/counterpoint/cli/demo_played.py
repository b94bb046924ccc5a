"""Plays both vendors for the demo: a loopback endpoint on their wires, with answers written in advance.

The server under show is told of it by environment variables of its own process, which no repository can set;
the product has no switch for it. So the demo takes the same path as a real call: adapters, streams, checks,
prices, ledger. Who has not got the key made for this run gets 401.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import secrets
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

REVIEW: dict[str, Any] = {
    "findings": [
        {
            "path": "orders/status.py",
            "line": 12,
            "quote": 'CANCELLED = "canceled"',
            "severity": "P1",
            "confidence": 0.95,
            "category": "api-contract",
            "title": "The two services spell a cancelled order differently",
            "body": "The order service writes `canceled` into the column that the fulfilment service reads as"
            " `cancelled`. A cancelled order matches no member of its enum there, so nothing stops it from"
            " being picked and shipped.",
            "evidence": [
                {"path": "fulfilment/src/status.ts", "line": 7, "quote": 'Cancelled = "cancelled",'},
                {
                    "path": "fulfilment/src/status.ts",
                    "line": 26,
                    "quote": "return status === OrderStatus.Cancelled",
                },
            ],
            "fix": {
                "title": "Spell it as the fulfilment service does",
                "edits": [
                    {
                        "path": "orders/status.py",
                        "line": 12,
                        "old": 'CANCELLED = "canceled"',
                        "new": 'CANCELLED = "cancelled"',
                        "reason": "one spelling in both services",
                    }
                ],
            },
        },
        {
            "path": "orders/status.py",
            "line": 9,
            "quote": 'ON_HOLD = "on_hold"',
            "severity": "P2",
            "confidence": 0.8,
            "category": "api-contract",
            "title": "The fulfilment service does not know orders on hold",
            "body": "A disputed charge puts an order on hold, but the fulfilment service's enum has no such"
            " member: its label is undefined there.",
            "evidence": [
                {"path": "fulfilment/src/status.ts", "line": 20, "quote": "return labels[status];"},
            ],
            "fix": None,
        },
        {
            "path": "orders/status.py",
            "line": 30,
            "quote": "return NEXT.get(current)",
            "severity": "P1",
            "confidence": 0.6,
            "category": "logic",
            "title": "A line that a model made up",
            "body": "It quotes what the file does not say, so it is dropped.",
            "evidence": [],
            "fix": None,
        },
    ]
}

VERDICTS: dict[str, tuple[int, str, str]] = {
    "The two services spell": (7, 'Cancelled = "cancelled",', "The other service spells it with two l."),
    "The fulfilment service": (
        21,
        "return labels[status];",
        "It looks a label up for every status it reads.",
    ),
}
"""What a second look says of the claims, by how their titles begin: the number of the line of the other
service's file that decides it, what stands there, and why."""

INSTRUCTION = "Only staff may search, and values go into the query as parameters."
_QUERY = (
    '    rows = await db.fetch(\n        f"SELECT id, customer_id, status, total FROM orders'
    " WHERE status = '{status}' AND customer_id LIKE '%{text}%'\"\n    )\n"
)
EDIT: dict[str, Any] = {
    "assumptions": ["A search may still match any part of a customer's id."],
    "edits": [
        {
            "path": "orders/api.py",
            "line": 39,
            "old": _QUERY,
            "new": "    require_staff(user)\n"
            "    rows = await db.fetch(\n"
            '        "SELECT id, customer_id, status, total FROM orders'
            ' WHERE status = ? AND customer_id LIKE ?",\n'
            '        (status, f"%{text}%"),\n'
            "    )\n",
            "reason": "parameters in place of text, and the check that its neighbours have",
        }
    ],
}

_OTHER = "fulfilment/src/status.ts"
_FIRST = 0.25
_PIECE = 48
_PAUSE = 0.004


@asynccontextmanager
async def played() -> AsyncIterator[dict[str, str]]:
    """Run the endpoint; yields the environment variables that lead a server to it."""
    key = secrets.token_urlsafe(24)
    server = await asyncio.start_server(lambda reader, writer: _serve(reader, writer, key), "127.0.0.1", 0)
    base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield {
            "OPENAI_API_KEY": key,
            "OPENAI_BASE_URL": f"{base}/v1",
            "ANTHROPIC_API_KEY": key,
            "ANTHROPIC_BASE_URL": base,
        }
    finally:
        server.close()


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str) -> None:
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ValueError):
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = {name.lower(): value for name, _, value in (row.partition(": ") for row in head[1:])}
        body = await reader.readexactly(int(fields.get("content-length", "0")))
        path = head[0].split(" ")[1]
        if key not in (fields.get("authorization", "").removeprefix("Bearer "), fields.get("x-api-key")):
            await _refuse(writer, "401 Unauthorized")
        elif path == "/v1/responses":
            await _stream(writer, _responses(json.loads(body)))
        elif path == "/v1/messages":
            await _stream(writer, _messages(json.loads(body)))
        else:
            await _refuse(writer, "404 Not Found")
    writer.close()


async def _refuse(writer: asyncio.StreamWriter, status: str) -> None:
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode())
    await writer.drain()


async def _stream(writer: asyncio.StreamWriter, events: Iterable[dict[str, Any]]) -> None:
    """Send the events at a model's pace, a little faster than life."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
    await asyncio.sleep(_FIRST)
    for event in events:
        writer.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
        await writer.drain()
        await asyncio.sleep(_PAUSE)


def _pieces(text: str) -> list[str]:
    return [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]


def _verdicts(claims: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The reply of a second look at claims, each a number and a title: what is known of it, else unsure."""
    found = []
    for number, title in claims:
        known = next((verdict for begins, verdict in VERDICTS.items() if title.startswith(begins)), None)
        line, quote, why = known or (0, "", "What would decide it is not shown.")
        quotes = [{"path": _OTHER, "line": line, "quote": quote}] if known else []
        holds = "confirmed" if known else "unsure"
        found.append({"claim": int(number), "quotes": quotes, "why": why, "holds": holds})
    return {"verdicts": found}


def _responses(body: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """OpenAI's wire: GPT-5.5 edits."""
    text = json.dumps(EDIT)
    response = {"id": "played", "object": "response", "model": body["model"], "status": "in_progress"}
    yield {"type": "response.created", "response": response}
    for piece in _pieces(text):
        yield {"type": "response.output_text.delta", "item_id": "m", "output_index": 0, "delta": piece}
    usage = {"input_tokens": len(json.dumps(body)) * 10 // 36, "output_tokens": len(text) * 10 // 36}
    done = {**response, "status": "completed", "usage": usage, "output": []}
    yield {"type": "response.completed", "response": done}


def _messages(body: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """Anthropic's wire: Opus 4.7 reviews, and takes a second look."""
    claims = re.findall(r"Claim (\d+): ([^\\]+)", json.dumps(body.get("messages")))
    text = json.dumps(_verdicts(claims) if claims else REVIEW)
    usage = {"input_tokens": len(json.dumps(body)) * 10 // 28, "output_tokens": 1}
    message = {"id": "played", "type": "message", "role": "assistant", "model": body["model"], "content": []}
    yield {"type": "message_start", "message": {**message, "stop_reason": None, "usage": usage}}
    yield {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    for piece in _pieces(text):
        yield {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
    yield {"type": "content_block_stop", "index": 0}
    final = {**usage, "output_tokens": len(text) * 10 // 28}
    yield {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": final}
    yield {"type": "message_stop"}
