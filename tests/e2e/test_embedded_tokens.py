"""Real tokens from the real child process: it streams, stops when left, refuses strangers, dies with us."""

from __future__ import annotations

import asyncio
import os
import struct
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from counterpoint.errors import ConfigError, PromptTooLong
from counterpoint.models import load_catalogue
from counterpoint.providers import Begun, Chunk, Done, Part, Request
from counterpoint.providers.embedded import EmbeddedProvider, embedded_available, weights_file
from counterpoint.providers.embedded_process import start_child
from counterpoint.settings import Settings

MISSING = embedded_available(Settings())
# In CI nothing is skipped: there a missing model fails the tests below by itself.
pytestmark = [
    pytest.mark.tokens,
    pytest.mark.alone,
    pytest.mark.skipif(MISSING is not None and not os.environ.get("CI"), reason=str(MISSING)),
]

MODEL = load_catalogue().model("smollm2-135m")
REQUEST = Request(MODEL, "", (Part("def add(a, b):\n    return"),), 12, deadline=60.0)


@pytest_asyncio.fixture
async def provider() -> AsyncIterator[EmbeddedProvider]:
    provider = EmbeddedProvider()
    yield provider
    await provider.close()


async def read(provider: EmbeddedProvider, request: Request) -> tuple[str, Done]:
    chunks: list[Chunk] = [chunk async for chunk in provider.stream(request)]
    assert chunks[0] == Begun()
    done = chunks[-1]
    assert isinstance(done, Done)
    return "".join(chunk for chunk in chunks if isinstance(chunk, str)), done


@pytest.mark.asyncio
async def test_it_continues_a_prefix_and_counts(provider: EmbeddedProvider) -> None:
    text, done = await read(provider, REQUEST)
    assert text.startswith(" a + b")
    assert done.stop == "length"
    assert done.usage.output_tokens == 12
    assert 5 < done.usage.input_tokens < 20
    again, more = await read(provider, REQUEST)
    assert again == text
    assert more.usage.cached_tokens > 0
    with pytest.raises(PromptTooLong):
        await read(provider, replace(REQUEST, parts=(Part("word " * 5000),)))


def with_fill_marks(weights: bytes) -> bytes:
    """The same model, told that three of its tokens mark prefix, suffix and middle.

    GGUF: magic, version, counts of tensors and of keys, then the keys. What is put before them has a length
    that keeps the tensors' alignment of 32 bytes.
    """

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    marks = b"".join(
        text(f"tokenizer.ggml.fim_{name}_token_id") + struct.pack("<II", 4, token)
        for name, token in (("pre", 3), ("suf", 4), ("mid", 5))
    )
    padding = text("general.padding") + struct.pack("<I", 8)
    marks += padding + text("x" * (-(len(marks) + len(padding) + 8) % 32))
    magic, version, tensors, keys = struct.unpack("<4sIQQ", weights[:24])
    return struct.pack("<4sIQQ", magic, version, tensors, keys + 4) + marks + weights[24:]


@pytest.mark.asyncio
async def test_a_model_of_the_users_own_that_fills_in_is_given_both_sides(tmp_path: Path) -> None:
    """These weights were not trained for it: what is shown is that the real server takes the question."""
    own = tmp_path / "own.gguf"
    own.write_bytes(with_fill_marks(weights_file().read_bytes()))
    filling, plain = EmbeddedProvider(str(own)), EmbeddedProvider()
    question = replace(REQUEST, suffix="\n\nprint(add(1, 2))\n" * 8)
    try:
        _, alone = await read(filling, replace(question, suffix=""))
        _, both = await read(filling, question)
        text, unable = await read(plain, question)
    finally:
        await filling.close()
        await plain.close()
    assert both.usage.input_tokens > alone.usage.input_tokens + 8 * 5
    assert text.startswith(" a + b") and unable.usage.input_tokens == alone.usage.input_tokens


@pytest.mark.asyncio
async def test_a_stream_that_is_closed_frees_the_model_at_once(provider: EmbeddedProvider) -> None:
    """There is one slot, so a second answer shows when the first really ended."""
    long = replace(REQUEST, parts=(Part("# Numbers: 1, 2, 3,"),), max_output_tokens=512)
    started = time.monotonic()
    await read(provider, long)
    whole = time.monotonic() - started
    stream = provider.stream(long)
    async for chunk in stream:
        if isinstance(chunk, str):
            break
    await stream.aclose()
    started = time.monotonic()
    await read(provider, replace(REQUEST, max_output_tokens=1))
    assert time.monotonic() - started < whole / 2


@pytest.mark.asyncio
async def test_strangers_and_browsers_get_nothing() -> None:
    child = await start_child(weights_file(), 512)

    def call(path: str, method: str = "GET", **headers: str) -> tuple[int, str | None]:
        request = urllib.request.Request(
            child.url + path, b"{}" if method == "POST" else None, headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as reply:
                return reply.status, reply.headers["Access-Control-Allow-Origin"]
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["Access-Control-Allow-Origin"]

    try:
        assert child.url.startswith("http://127.0.0.1:")
        for path in ("/v1/completions", "/v1/chat/completions", "/completion", "/infill", "/tokenize"):
            assert (await asyncio.to_thread(call, path, "POST"))[0] == 401
        for path in ("/v1/models", "/props", "/slots", "/metrics"):
            assert (await asyncio.to_thread(call, path))[0] == 401
        origin = {"Origin": "https://example.com", "Access-Control-Request-Method": "POST"}
        assert not (await asyncio.to_thread(lambda: call("/v1/completions", "OPTIONS", **origin)))[1]
        assert not (await asyncio.to_thread(lambda: call("/v1/completions", "POST", **origin)))[1]
    finally:
        await child.close()


@pytest.mark.asyncio
async def test_a_file_that_is_no_model_is_an_error_with_a_fix(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    file = tmp_path_factory.mktemp("models") / "broken.gguf"
    file.write_bytes(b"GGUF" + bytes(64))
    provider = EmbeddedProvider(str(file))
    with pytest.raises(ConfigError, match=r"broken\.gguf could not be loaded") as caught:
        await read(provider, REQUEST)
    assert caught.value.fix
    await provider.close()


@pytest.mark.skipif(sys.platform == "win32", reason="asks for the process by signal 0")
def test_it_dies_when_the_parent_is_killed() -> None:
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            textwrap.dedent("""
                import asyncio
                from counterpoint.providers.embedded import weights_file
                from counterpoint.providers.embedded_process import start_child
                async def main():
                    child = await start_child(weights_file(), 512)
                    print(child.pid, flush=True)
                    await asyncio.sleep(600)
                asyncio.run(main())
            """),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    with parent, parent.stdout:
        pid = int(parent.stdout.readline())
        parent.kill()
        parent.wait(10)
    deadline = time.monotonic() + 20
    while _runs(pid):
        assert time.monotonic() < deadline, "the model outlived its parent"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # An orphan that nobody has reaped yet is dead, too.
    status = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout
    return bool(status.strip()) and not status.startswith("Z")
