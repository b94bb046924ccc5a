"""The order of asks whose prompts begin alike: the first leads, the rest start when it has begun.

A vendor's cache holds a prefix from the first event of its answer on. Who asks earlier pays for it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
Begun = Callable[[], None]


async def led(items: Sequence[T], one: Callable[[T, Begun], Awaitable[None]]) -> None:
    """Run `one` for each item. The first runs ahead until it calls what it was given; one that ends without
    having called it is followed by the next. Then all the others run at a time."""
    waiting = list(items)
    async with asyncio.TaskGroup() as tasks:
        begun = False
        while waiting and not begun:
            begun = await _ahead(tasks, waiting.pop(0), one)
        for item in waiting:
            tasks.create_task(_run(item, one))


async def _ahead(tasks: asyncio.TaskGroup, item: T, one: Callable[[T, Begun], Awaitable[None]]) -> bool:
    """True as soon as the item has begun, False if it ends before."""
    begun = asyncio.Event()
    task = tasks.create_task(_run(item, one, begun.set))
    waiting = asyncio.ensure_future(begun.wait())
    try:
        await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    return begun.is_set()


async def _run(item: T, one: Callable[[T, Begun], Awaitable[None]], begun: Begun = lambda: None) -> None:
    await one(item, begun)
