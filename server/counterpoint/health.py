"""Which models are not asked for now, and why: a breaker for each. State of one process; no I/O.

A vendor that refuses a key, has no credit left, or says when to come back is not asked again before that
makes sense; one that fails again and again is left alone for a while that doubles. Then one question goes to
it first: what becomes of that decides for the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from counterpoint.errors import (
    BillingRequired,
    BrokenStream,
    ConnectionFailed,
    Forbidden,
    NotFound,
    Overloaded,
    ProviderError,
    ProviderTimeout,
    RateLimited,
    ServerFault,
    Unauthorized,
)
from counterpoint.models import Model

PROBE_SECONDS = 10.0
"""For so long the others wait for the one question that tries whether a model is back."""
_LONGEST = 120.0
_LONGEST_TOLD = 3_600.0
_OF_ACCOUNT = (Unauthorized, BillingRequired)
_OF_MODEL = (Forbidden, NotFound)
_BUSY = (RateLimited, Overloaded)
_FAULTS = (ServerFault, ProviderTimeout, ConnectionFailed, BrokenStream)
_PATIENCE = 3
"""Faults in a row after which a model is left alone: one may be chance."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A model that is not asked now. `left` is in seconds."""

    label: str
    left: float
    error: ProviderError

    def again(self) -> ProviderError:
        """The failure once more, with when the model is asked again."""
        old = self.error
        wait = f"{self.left:.0f} s" if self.left < 90 else f"{self.left / 60:.0f} min"
        return type(old)(
            f"{self.label} is left alone for {wait}. {old.message}",
            provider=old.provider,
            fix=old.fix,
            status=old.status,
            retry_after=self.left,
            request_id=old.request_id,
        )


@dataclass(slots=True)
class _Breaker:
    failures: int = 0
    until: float = float("-inf")
    error: ProviderError | None = None


class Health:
    """Breakers by model, and by vendor for what concerns the whole account."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._breakers: dict[str, _Breaker] = {}

    def closed(self, model: Model) -> Closed | None:
        """Why a model is not asked now, or None. Where None follows a pause, this is the question that tries:
        ask it, and say how it ended."""
        now = self._clock()
        for key in _keys(model):
            breaker = self._breakers.get(key)
            if breaker is None or breaker.error is None:
                continue
            if now < breaker.until:
                return Closed(model.label, breaker.until - now, breaker.error)
            if breaker.until > float("-inf"):
                breaker.until = now + PROBE_SECONDS
        return None

    def failed(self, model: Model, error: ProviderError) -> None:
        """A question failed. Failures that say nothing of the model's health change nothing."""
        of_account, of_model = _keys(model)
        if isinstance(error, _OF_ACCOUNT):
            self._close(of_account, error, 60.0)
        elif isinstance(error, _OF_MODEL):
            self._close(of_model, error, 300.0)
        elif isinstance(error, _BUSY):
            self._close(of_model, error, 2.0)
        elif isinstance(error, _FAULTS):
            self._close(of_model, error, 10.0, _PATIENCE)

    def worked(self, model: Model) -> None:
        """A question was answered."""
        for key in _keys(model):
            self._breakers.pop(key, None)

    def forget(self) -> None:
        """Something has changed, such as a key: everything is tried anew."""
        self._breakers.clear()

    def _close(self, key: str, error: ProviderError, seconds: float, patience: int = 1) -> None:
        breaker = self._breakers.setdefault(key, _Breaker())
        breaker.failures += 1
        breaker.error = error
        if breaker.failures < patience:
            return
        pause = min(seconds * 2 ** min(breaker.failures - patience, 10), max(seconds, _LONGEST))
        if error.retry_after is not None:
            pause = max(pause if patience > 1 else 0.0, min(error.retry_after, _LONGEST_TOLD))
        breaker.until = self._clock() + pause


def _keys(model: Model) -> tuple[str, str]:
    return f"account {model.provider}", model.name
