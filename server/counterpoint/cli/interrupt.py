"""Ctrl-C that ends one piece of work and leaves the rest of the program to tell what there is."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Coroutine
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")


async def until_interrupted(work: Coroutine[Any, Any, T]) -> T | None:
    """Run the work to its end. The first Ctrl-C cancels it and gives None; a second one is the program's own.

    Outside of the main thread, which alone gets signals, it is only run.
    """
    if threading.current_thread() is not threading.main_thread():
        return await work
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(work)
    before = signal.getsignal(signal.SIGINT)
    interrupted = False

    def stop() -> None:
        nonlocal interrupted
        interrupted = True
        task.cancel()

    def first(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        loop.call_soon_threadsafe(stop)

    signal.signal(signal.SIGINT, first)
    try:
        return await task
    except asyncio.CancelledError:
        # Whoever cancels this coroutine itself is obeyed; what was cancelled by the user's key has ended.
        if not interrupted or (mine := asyncio.current_task()) is None or mine.cancelling():
            raise
        return None
    finally:
        signal.signal(signal.SIGINT, before)
