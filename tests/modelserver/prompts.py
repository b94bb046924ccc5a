"""What a model reads, out of each wire's request: blocks of tokens in the order the vendors cache them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import tokens


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the prompt. `ttl` is set where a cache breakpoint ends it (`5m` or `1h`)."""

    section: str
    """`tools`, `system`, `schema` or a message's role."""
    text: str
    tokens: tuple[str, ...]
    ttl: str | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    blocks: tuple[Block, ...]

    @property
    def count(self) -> int:
        return sum(len(block.tokens) for block in self.blocks)

    @property
    def text(self) -> str:
        return "\n".join(block.text for block in self.blocks)

    @property
    def last_user(self) -> str:
        """The text of the last user block, or of the last block."""
        return next(
            (b.text for b in reversed(self.blocks) if b.section == "user"),
            self.blocks[-1].text if self.blocks else "",
        )


def _block(section: str, text: str, width: int, ttl: str | None = None) -> Block:
    # The section's name is a token of its own, as chat templates have it: the same text under another
    # role is another prefix.
    return Block(section, text, (f"<|{section}|>", *tokens.split(text, width)), ttl)


def _ttl(holder: Any) -> str | None:
    control = holder.get("cache_control") if isinstance(holder, dict) else None
    return control.get("ttl", "5m") if isinstance(control, dict) else None


def _parts(content: Any) -> Iterator[tuple[str, str | None]]:
    """(text, ttl) of a message's content, a string or a list of parts in any wire's form."""
    if isinstance(content, str):
        yield content, None
        return
    for part in content or ():
        if isinstance(part, dict) and isinstance(part.get("text"), str):
            yield part["text"], _ttl(part)
        else:
            yield json.dumps(part, sort_keys=True), _ttl(part)


def _message_blocks(messages: Any, width: int) -> Iterator[Block]:
    for message in messages:
        for text, ttl in _parts(message.get("content")):
            yield _block(str(message.get("role", "user")), text, width, ttl)


def _json_block(section: str, value: Any, width: int) -> Iterator[Block]:
    if value:
        yield _block(section, json.dumps(value, sort_keys=True), width)


def responses_prompt(body: dict[str, Any], width: int) -> Prompt:
    given = body.get("input", "")
    messages = [{"role": "user", "content": given}] if isinstance(given, str) else given
    text_format = (body.get("text") or {}).get("format") or {}
    blocks = [
        *([_block("system", body["instructions"], width)] if body.get("instructions") else []),
        *_json_block("tools", body.get("tools"), width),
        *_json_block("schema", text_format.get("schema"), width),
        *_message_blocks(messages, width),
    ]
    return Prompt(tuple(blocks))


def chat_prompt(body: dict[str, Any], width: int) -> Prompt:
    wanted = (body.get("response_format") or {}).get("json_schema") or {}
    blocks = [
        *_json_block("tools", body.get("tools"), width),
        *_json_block("schema", wanted.get("schema"), width),
        *_message_blocks(body.get("messages", ()), width),
    ]
    return Prompt(tuple(blocks))


def completions_prompt(body: dict[str, Any], width: int) -> Prompt:
    return Prompt((_block("user", str(body.get("prompt", "")), width),))


def messages_prompt(body: dict[str, Any], width: int) -> Prompt:
    blocks = [_block("tools", json.dumps(t, sort_keys=True), width, _ttl(t)) for t in body.get("tools", ())]
    blocks += [_block("system", text, width, ttl) for text, ttl in _parts(body.get("system"))]
    blocks += _message_blocks(body.get("messages", ()), width)
    if blocks and body.get("cache_control"):
        last = blocks[-1]
        # Automatic caching: the top-level field puts a breakpoint on the last block that can carry one.
        blocks[-1] = Block(last.section, last.text, last.tokens, last.ttl or _ttl(body))
    schema = ((body.get("output_config") or {}).get("format") or {}).get("schema")
    # The vendor adds a system text for the schema; it counts as input but stands before what is cached.
    return Prompt((*_json_block("schema", schema, width), *blocks))
