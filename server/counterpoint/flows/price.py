"""An ask whose price may have to be agreed to first: very long prompts are not sent unasked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from counterpoint.engine import Engine, Reply
from counterpoint.errors import PriceNotAgreed
from counterpoint.tasks import A, Task
from counterpoint.text import Situation

Agree = Callable[[PriceNotAgreed], Awaitable[bool]]
"""Asks the user about the price that the error tells."""


async def nobody(error: PriceNotAgreed) -> bool:
    """Where there is nobody to ask."""
    return False


async def ask(
    engine: Engine, task: Task[A], situation: Situation, *, agree: Agree = nobody, **options: Any
) -> Reply[A]:
    """`Engine.ask`, once more where the user agrees to the price of a very long prompt. Raises as it does."""
    try:
        return await engine.ask(task, situation, **options)
    except PriceNotAgreed as error:
        if not await agree(error):
            raise
    return await engine.ask(task, replace(situation, price_agreed=True), **options)
