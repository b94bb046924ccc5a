"""What the server was told to say and do: answers, faults and pace, set from any thread or over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any, TypeVar

from .faults import OPTIONS, Fault, Trouble


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds to the first token, and between tokens; the first also waits for `until`, if there is one."""

    first_token: float = 0.0
    between: float = 0.0
    until: Event | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """Which requests are meant. All that is set must hold; nothing set means any generating request."""

    match: str | None = None
    """A part of the prompt, as the model reads it."""
    model: str | None = None
    path: str | None = None

    @property
    def is_open(self) -> bool:
        return self.match is None and self.model is None and self.path is None

    def fits(self, prompt: str, model: str, path: str, generating: bool) -> bool:
        return (
            (self.match is None or self.match in prompt)
            and (self.model is None or self.model == model)
            and (self.path == path if self.path is not None else generating)
        )


@dataclass(frozen=True, slots=True)
class Answer:
    text: str
    condition: Condition
    repeat: bool
    pace: Pace | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    trouble: Trouble
    condition: Condition
    repeat: bool


Entry = TypeVar("Entry", Answer, Planned)


@dataclass(slots=True)
class Script:
    """Queues in the order they were filled; a conditional entry that fits goes before an open one."""

    pace: Pace = field(default_factory=Pace)
    _answers: list[Answer] = field(default_factory=list)
    _faults: list[Planned] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add_answer(self, answer: Answer) -> None:
        with self._lock:
            self._answers.append(answer)

    def add_fault(self, fault: Fault, options: dict[str, Any], condition: Condition, repeat: bool) -> None:
        unknown = set(options) - OPTIONS
        if unknown:
            raise ValueError(f"unknown fault options: {', '.join(sorted(unknown))}")
        with self._lock:
            self._faults.append(Planned(Trouble(fault, options), condition, repeat))

    def next_answer(self, prompt: str, model: str, path: str) -> Answer | None:
        return self._draw(self._answers, prompt, model, path, True)

    def next_trouble(self, prompt: str, model: str, path: str, generating: bool) -> Trouble | None:
        planned = self._draw(self._faults, prompt, model, path, generating)
        return planned.trouble if planned else None

    def _draw(self, queue: list[Entry], prompt: str, model: str, path: str, generating: bool) -> Entry | None:
        with self._lock:
            fitting = [e for e in queue if e.condition.fits(prompt, model, path, generating)]
            if not fitting:
                return None
            chosen = next((e for e in fitting if not e.condition.is_open), fitting[0])
            if not chosen.repeat:
                queue.remove(chosen)
            return chosen

    def clear(self) -> None:
        with self._lock:
            self._answers.clear()
            self._faults.clear()
            self.pace = Pace()
