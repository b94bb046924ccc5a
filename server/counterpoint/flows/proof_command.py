"""The user's own proof of a fix: a command that must pass in a copy of the work tree with the change made.

`review.proof_command` is protected; `scratch` says what the command may do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from counterpoint.answers import FileChange
from counterpoint.flows.scratch import copied, run, words_of

SECONDS = 120.0
_SETTING = "review.proof_command"


@dataclass(frozen=True)
class ProofCommand:
    """`review.proof_command` for one workspace. One run at a time: it is the user's machine.

    Called with the changes of a fix it says why they did not pass, or None. Raises UsageError where there is
    no work tree to copy, ConfigError for a command that cannot be started. Cancelling ends what it started.
    """

    root: Path
    command: str
    seconds: float = SECONDS
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False, compare=False)

    @property
    def label(self) -> str:
        """The proof in the words of a title."""
        return f"passes `{self.command}`"

    async def __call__(self, changes: Sequence[FileChange]) -> str | None:
        async with self._turn, copied(self.root, changes) as copy:
            if isinstance(copy, str):
                return copy
            ran = await run(words_of(self.command), copy, self.seconds, setting=_SETTING)
        if ran.code is None:
            return f"`{self.command}` was not done within {self.seconds:g} s"
        return None if ran.code == 0 else f"`{self.command}` ended with {ran.code}"
