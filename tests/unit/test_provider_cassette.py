"""Recordings keep the form of a call and not one word of it, and can be played back."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from typing import Any

import pytest

from counterpoint.providers import Begun, Done, Part, Request
from counterpoint.providers.calling import Call, Response, play
from counterpoint.providers.cassette import (
    Recorder,
    Recording,
    dump,
    load,
    redacted,
    redacted_event,
    stream_bytes,
)
from counterpoint.providers.chat import ChatReader
from counterpoint.providers.explaining import Sdk
from counterpoint.providers.failures import Who
from counterpoint.providers.gemini import GeminiReader
from counterpoint.providers.messages import MessagesReader
from counterpoint.providers.opening import open_recorded
from counterpoint.providers.responses import ResponsesReader
from counterpoint.providers.sse import Event
from tests.modelserver import ModelServer
from tests.unit.adapter_subjects import Subject, ask, endpoint, reply, running, server, subjects

__all__ = ["running", "server"]  # fixtures

ANSWER = "def launch_codes():\n    return 'naïve secret'\n"
QUESTION = "class PrivateThing: pass"
READERS: dict[str, Any] = {
    "responses": ResponsesReader, "chat": ChatReader, "messages": MessagesReader, "gemini": GeminiReader,
}  # fmt: skip


class Played:
    headers = {"content-type": "text/event-stream"}  # noqa: RUF012

    def __init__(self, data: bytes) -> None:
        self.data = data

    async def iter_bytes(self) -> AsyncIterator[bytes]:
        yield self.data


def replayed(recording: Recording, request: Request) -> Call:
    @asynccontextmanager
    async def opened() -> AsyncGenerator[Response, None]:
        yield Played(stream_bytes(recording))

    def open_(seconds: float) -> AbstractAsyncContextManager[Response]:
        return opened()

    sdk = Sdk(RuntimeError, RuntimeError, RuntimeError)
    return Call(request, Who("x", "X"), sdk, open_, READERS[recording.wire])


@pytest.mark.asyncio
@subjects
async def test_a_real_call_is_recorded_redacted_and_played_back(
    subject: Subject, server: ModelServer
) -> None:
    server.answer(ANSWER)
    recorder = Recorder()
    provider = open_recorded(endpoint(server, subject.model.provider), recorder)
    request = ask(subject, parts=(Part(QUESTION),), effort="low")
    found = await reply(provider, request)
    await provider.close()
    written = dump(recorder.recordings())
    for secret in ("launch", "secret", "Private", "finish code", server.openai_key, server.anthropic_key):
        assert secret not in written
    (recording,) = load(written)
    assert recording == recorder.recordings()[0]
    assert recording.wire == ("gemini" if subject.google else subject.model.wire)
    assert len(QUESTION) * "x" in json.dumps(recording.body)
    async with aclosing(play(replayed(recording, request))) as stream:
        begun, *texts, done = [chunk async for chunk in stream]
    assert isinstance(begun, Begun)
    assert isinstance(done, Done)
    assert len("".join(map(str, texts))) == len(found.text)
    assert (done.stop, done.usage, done.model, done.tier) == (
        found.done.stop, found.done.usage, found.done.model, found.done.tier,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"type": "text", "text": "abc"}, {"type": "text", "text": "xxx"}),
        ({"type": "not a word"}, {"type": "xxxxxxxxxx"}),
        ({"code": "k" * 65}, {"code": "x" * 65}),
        ({"n": 1, "b": True, "z": None, "l": ["ab", {"role": "user"}]},
         {"n": 1, "b": True, "z": None, "l": ["xx", {"role": "user"}]}),
        ({"model": ["gpt-5.5", "a b"]}, {"model": ["gpt-5.5", "xxx"]}),
    ],
)  # fmt: skip
def test_only_words_of_the_wire_stay(value: Any, expected: Any) -> None:
    assert redacted(value) == expected


def test_events_that_are_no_json_become_filler() -> None:
    assert redacted_event(Event("", "<html>")) == Event("", "xxxxxx")
    assert redacted_event(Event("a secret name", "[DONE]")) == Event("x" * 13, "[DONE]")


@pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense", '{"counterpoint_cassette": 2}\n',
                                  '{"counterpoint_cassette": 1}\n{"wire": "chat"}\n',
                                  '{"counterpoint_cassette": 1}\n[1]\n'])  # fmt: skip
def test_what_is_no_cassette_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        load(text)


def test_an_empty_cassette_is_one() -> None:
    assert load(dump(())) == ()
