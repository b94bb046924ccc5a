"""Which providers can be used now, and where they are reached."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from counterpoint.endpoints import VARIABLES, endpoint_for, is_loopback
from counterpoint.keys import Keys
from counterpoint.models import Catalogue
from counterpoint.providers import Endpoint
from counterpoint.providers.embedded import embedded_available
from counterpoint.settings import Settings

_BELIEVED = 20.0
"""Seconds after which a package may have been installed."""


@dataclass(frozen=True)
class Reach:
    """Which providers can be used now, and where they are: asked anew each time, since keys come and go."""

    settings: Settings
    catalogue: Catalogue
    keys: Keys
    environ: Mapping[str, str]
    _here: list[tuple[float, bool]] = field(default_factory=list, init=False, repr=False, compare=False)
    """Whether the embedded model can be used, and until when that is believed."""
    _made: dict[str, tuple[object, Endpoint]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Where each provider was last found, and what told so: it is asked several times for each key typed."""

    async def endpoint(self, name: str) -> Endpoint:
        """Where a provider is reached, with its key. Raises ConfigError naming the setting at fault."""
        if name == "embedded":
            return Endpoint("embedded", base_url=self.settings.embedded.model_file or None)
        key = await self.keys.get(name)
        told = (key, self.environ.get(VARIABLES.get(name, "")))
        made = self._made.get(name)
        if made is None or made[0] != told or self.settings.network.ca_file:  # which may be gone by now
            made = self._made[name] = (told, endpoint_for(name, self.settings, key, self.environ))
        return made[1]

    async def usable(self) -> frozenset[str]:
        """Providers with a key, or on this machine, where none is needed."""
        found = set()
        for name in self.catalogue.providers:
            if name == "embedded":
                if self._embedded():
                    found.add(name)
                continue
            endpoint = await self.endpoint(name)
            if endpoint.key is not None or is_loopback(endpoint):
                found.add(name)
        return frozenset(found)

    def _embedded(self) -> bool:
        """Looking through all folders of the interpreter for a package takes longer than a key may cost."""
        now = time.monotonic()
        if not self._here or self._here[0][0] < now:
            self._here[:] = [(now + _BELIEVED, embedded_available(self.settings) is None)]
        return self._here[0][1]
