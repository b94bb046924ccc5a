"""Names under which a vendor keeps the beginnings of prompts: one for each file, more only where it is busy.

OpenAI sends calls of one name to one machine up to some 15 a minute; what goes beyond lands on others, whose
caches know nothing of it. So a name that has had its share makes room for the next until a minute is over.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from itertools import count

_SECONDS = 60.0
_MOST = 14
_FILES = 64


class Shards:
    """Remembers when each name was used. Belongs to one event loop; `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._used: OrderedDict[str, list[deque[float]]] = OrderedDict()

    def name(self, task: str, path: str) -> str:
        """The name for one more call, of at most 64 characters. It tells nobody the path."""
        file = hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        base = f"counterpoint-{task}-{file}"
        used = self._used.setdefault(base, [])
        self._used.move_to_end(base)
        while len(self._used) > _FILES:
            self._used.popitem(last=False)
        now = self._clock()
        for number in count():
            if number == len(used):
                used.append(deque())
            times = used[number]
            while times and times[0] <= now - _SECONDS:
                times.popleft()
            if len(times) < _MOST:
                times.append(now)
                return f"{base}-{number}"
        raise AssertionError("there is always one more")
