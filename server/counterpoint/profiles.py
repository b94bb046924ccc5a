"""Ways of working as rows of settings: `profiles.toml`. Pure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

_ABOUT = "about"


@lru_cache(maxsize=1)
def _rows() -> Mapping[str, Mapping[str, Any]]:
    text = (files("counterpoint") / "profiles.toml").read_text("utf-8")
    return MappingProxyType(tomllib.loads(text))


def names() -> tuple[str, ...]:
    """The profiles there are."""
    return tuple(_rows())


def about(name: str) -> str:
    """What a profile is for, in a sentence. Raises KeyError."""
    return str(_rows()[name][_ABOUT])


def values(name: str) -> Mapping[str, Any]:
    """A profile's settings, nested as in a config.toml; none for a name that is no profile's."""
    return {key: value for key, value in _rows().get(name, {}).items() if key != _ABOUT}
