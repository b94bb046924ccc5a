"""Which models are not asked for now, and why: a breaker for each. State of one process; no I/O. What
others know is handed in.

A vendor that refuses a key, has no credit left, or says when to come back is not asked again before that
makes sense; one that fails again and again is left alone for a while that doubles. Then one question goes to
it first, the probe: what becomes of that decides for the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

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
PATIENT_SECONDS = 2.0
"""For so long after a failure nothing that runs in the background tries a model that is left alone."""
_LONGEST = 120.0
LONGEST_TOLD = 3_600.0
"""Seconds that a vendor is taken at its word for at most."""
_OF_ACCOUNT = (Unauthorized, BillingRequired)
_OF_MODEL = (Forbidden, NotFound)
BUSY = (RateLimited, Overloaded)
"""The vendor has more to do than it can, or we have asked too much: waiting helps."""
_BUSY_SECONDS = 2.0
_FAULTS = (ServerFault, ProviderTimeout, ConnectionFailed, BrokenStream)
_PATIENCE = 3
"""Faults in a row after which a model is left alone: one may be chance."""


@dataclass(frozen=True, slots=True)
class Closed:
    """A model that is not asked now. `left` is in seconds; `since` the moment of its last failure. `probed`:
    the pause is over, and one question is trying whether the model is back."""

    label: str
    left: float
    error: ProviderError
    since: float = 0.0
    probed: bool = False

    @property
    def busy(self) -> bool:
        """Whether waiting helps."""
        return isinstance(self.error, BUSY)

    def again(self, others: Iterable[Closed] = ()) -> ProviderError:
        """The failure once more, with when the model is asked again; and of others, why not they instead."""
        old = self.error
        rest = [one.again() for one in others]
        wait = f"{self.left:.0f} s" if self.left < 90 else f"{self.left / 60:.0f} min"
        return type(old)(
            " ".join((f"{self.label} is left alone for {wait}. {old.message}", *map(str, rest))),
            provider=old.provider,
            # Where waiting helps, how long was just said, and more truly than when it failed.
            fix="" if self.busy else old.fix,
            status=old.status,
            retry_after=self.left,
            request_id=old.request_id,
        )


@dataclass(slots=True)
class Breaker:
    """`until` ends the pause, `probe` the time of the question that tries; `closed` is when it closed first
    after an answer, `failed` when it was last told of a failure."""

    failures: int = 0
    until: float = float("-inf")
    probe: float = float("-inf")
    failed: float = float("-inf")
    error: ProviderError | None = None

    @property
    def is_closed(self) -> bool:
        return self.error is not None and self.until > float("-inf")


class Health:
    """Breakers by model, and by vendor for what concerns the whole account. Moments are those of `clock`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._breakers: dict[str, Breaker] = {}
        self._well: dict[str, float] = {}
        """The moments of the last questions that ended a breaker: what others say of before is old."""
        self._forgot = float("-inf")

    def closed(self, model: Model) -> Closed | None:
        """Why a model is not asked now, or None. To look changes nothing: who asks says so by `tries`."""
        now = self._clock()
        for key in _keys(model):
            breaker = self._breakers.get(key)
            if breaker is None or breaker.error is None or not breaker.is_closed:
                continue
            left = max(breaker.until, breaker.probe) - now
            if left > 0:
                probed = now >= breaker.until
                return Closed(model.label, left, breaker.error, breaker.failed, probed)
        return None

    def troubled(self, model: Model) -> bool:
        """Whether a model has failed since it last answered."""
        return any(key in self._breakers for key in _keys(model))

    def tries(self, model: Model) -> bool:
        """A question is about to be sent. True if the model was left alone until now: the others wait for
        what becomes of it, which is told by `failed`, `worked` or `left`."""
        now, probes = self._clock(), False
        for key in _keys(model):
            breaker = self._breakers.get(key)
            if breaker is not None and breaker.is_closed:
                breaker.until = min(breaker.until, now)
                breaker.probe = now + PROBE_SECONDS
                probes = True
        return probes

    def left(self, model: Model) -> None:
        """A question has ended, and nothing is known by it: it was cancelled. Another may try."""
        for key in _keys(model):
            if key in self._breakers:
                self._breakers[key].probe = float("-inf")

    def failed(self, model: Model, error: ProviderError, sent: float | None = None) -> None:
        """A question that was sent at a moment failed. Failures that say nothing of the model's health change
        nothing; nor do those of questions that were under way when it closed make it worse."""
        of_account, of_model = _keys(model)
        sent = self._clock() if sent is None else sent
        if isinstance(error, _OF_ACCOUNT):
            self._close(of_account, error, sent, 60.0)
        elif isinstance(error, _OF_MODEL):
            self._close(of_model, error, sent, 300.0)
        elif isinstance(error, BUSY):
            self._close(of_model, error, sent, _BUSY_SECONDS)
        elif isinstance(error, _FAULTS):
            self._close(of_model, error, sent, 10.0, _PATIENCE)

    def begun(self, model: Model, sent: float) -> None:
        """A question that was sent at a moment is being answered: the vendor takes us. Whether its answers
        come to their end is told by `worked`."""
        for key in _keys(model):
            breaker = self._breakers.get(key)
            if breaker is not None and sent >= breaker.failed and not isinstance(breaker.error, _FAULTS):
                self.well(key, sent)

    def worked(self, model: Model, sent: float | None = None) -> None:
        """A question was answered. One that was sent before the last failure says nothing of what is now."""
        for key in _keys(model):
            breaker = self._breakers.get(key)
            if breaker is not None and (sent is None or sent >= breaker.failed):
                self.well(key, self._clock() if sent is None else sent)

    def forget(self) -> None:
        """Something has changed, such as a key: everything is tried anew."""
        self._breakers.clear()
        self._forgot = self._clock()

    # -- what other processes know

    def known(self, model: Model) -> dict[str, Breaker]:
        """What is known of a model and its vendor, by name: copies."""
        return {key: replace(self._breakers[key]) for key in _keys(model) if key in self._breakers}

    def well_since(self, key: str) -> float:
        """The moment of the last question that ended this breaker."""
        return self._well.get(key, float("-inf"))

    def well(self, key: str, sent: float) -> None:
        """A question of a moment was answered, here or elsewhere."""
        self._well[key] = max(sent, self.well_since(key))
        if key in self._breakers and sent >= self._breakers[key].failed:
            del self._breakers[key]

    def heard(self, key: str, breaker: Breaker) -> bool:
        """Another process knows this of a model or a vendor. Whether it is a failure that is news here."""
        own = self._breakers.get(key)
        before = own.failed if own is not None else float("-inf")
        if breaker.failed <= max(self.well_since(key), self._forgot) or breaker.failed < before:
            return False
        self._breakers[key] = breaker
        return breaker.failed > before

    def _close(self, key: str, error: ProviderError, sent: float, seconds: float, patience: int = 1) -> None:
        breaker = self._breakers.setdefault(key, Breaker())
        now = self._clock()
        told = None if error.retry_after is None else min(error.retry_after, LONGEST_TOLD)
        if breaker.is_closed and sent < breaker.failed:
            breaker.until = max(breaker.until, now + (told or 0.0))
            return
        breaker.failures += 1
        breaker.error, breaker.failed, breaker.probe = error, now, float("-inf")
        if breaker.failures < patience:
            return
        again = breaker.failures - patience
        pause = min(seconds * 2 ** min(again, 10), max(seconds, _LONGEST))
        if told is not None:
            # The first time the vendor is taken at its word. When it was wrong, its word is the least.
            pause = told if patience == 1 and not again else max(told, pause / 2 if patience == 1 else pause)
        breaker.until = now + pause


def _keys(model: Model) -> tuple[str, str]:
    return f"account {model.provider}", model.name
