"""Ctrl-C ends one piece of work, and the program goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator

import pytest

from counterpoint.cli.interrupt import until_interrupted

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")


async def _forever(log: list[str]) -> str:
    try:
        log.append("begun")
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        log.append("cancelled")
        raise
    return "never"


async def _begun(log: list[str]) -> None:
    async with asyncio.timeout(20):
        while not log:
            await asyncio.sleep(0.01)


def test_the_key_ends_the_work_and_nothing_else() -> None:
    log: list[str] = []

    async def press() -> None:
        await _begun(log)
        os.kill(os.getpid(), signal.SIGINT)

    async def main() -> str:
        pressing = asyncio.create_task(press())
        found = await until_interrupted(_forever(log))
        await pressing
        return f"{found}, {await until_interrupted(asyncio.sleep(0, 'on'))}"

    before = signal.getsignal(signal.SIGINT)
    assert asyncio.run(main()) == "None, on"
    assert log == ["begun", "cancelled"]
    assert signal.getsignal(signal.SIGINT) is before


@pytest.fixture
def default_key() -> Iterator[None]:
    """Ctrl-C as a program in the foreground has it: one begun in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("default_key")
def test_a_second_key_is_the_programs_own() -> None:
    log: list[str] = []

    async def stubborn() -> None:
        try:
            await _forever(log)
        finally:
            log.append("tidying")
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(60)

    async def press() -> None:
        await _begun(log)
        os.kill(os.getpid(), signal.SIGINT)

    async def main() -> None:
        pressing = asyncio.create_task(press())
        try:
            await until_interrupted(stubborn())
        finally:
            await asyncio.wait_for(pressing, 20)

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())
    assert log == ["begun", "cancelled", "tidying"]


@pytest.mark.asyncio
async def test_whoever_cancels_the_whole_is_obeyed() -> None:
    log: list[str] = []
    task = asyncio.create_task(until_interrupted(_forever(log)))
    await _begun(log)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert log == ["begun", "cancelled"]


@pytest.mark.asyncio
async def test_errors_and_results_come_through() -> None:
    async def fails() -> None:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        await until_interrupted(fails())
    assert await asyncio.to_thread(lambda: asyncio.run(until_interrupted(asyncio.sleep(0, 5)))) == 5
