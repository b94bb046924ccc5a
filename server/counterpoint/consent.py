"""Consent: the owner of a workspace agrees once to send its code to the vendors named.

Kept in the user's state folder, one small file per workspace, so that two editors never overwrite each
other's answers. An address on this machine is asked about by nobody: only the user can have set it, never a
repository. A gateway that answers there may pass code on all the same: that is said where endpoints are told.
A vendor reached through another address is another receiver and is asked about anew.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from counterpoint import paths
from counterpoint.endpoints import destination, is_loopback
from counterpoint.providers import Endpoint
from counterpoint.settings import Settings


def needs_consent(
    root: Path, endpoints: Iterable[Endpoint], settings: Settings, *, state: Path | None = None
) -> tuple[str, ...]:
    """Receivers the user has not yet agreed to for this workspace: empty means that sending may begin.

    Endpoints on this machine need no consent; `privacy.consent = true` agrees to all. Reads one file.
    """
    return _missing(endpoints, settings, lambda: granted(root, state=state))


class Given:
    """What was agreed to for one workspace, for whoever asks at every call: its file is read again only when
    it is another one. `root` is resolved. Safe to use from many threads."""

    def __init__(self, root: Path, *, state: Path | None = None) -> None:
        self._file, self._name = _file(root, state), _name(root)
        self._known: tuple[object, frozenset[str]] = (None, frozenset())

    def missing(self, endpoints: Iterable[Endpoint], settings: Settings) -> tuple[str, ...]:
        """As `needs_consent`."""
        return _missing(endpoints, settings, self._receivers)

    def _receivers(self) -> frozenset[str]:
        try:
            now = self._file.stat()
        except OSError:
            return frozenset()
        stamp = (now.st_mtime_ns, now.st_size, now.st_ino)
        known = self._known
        if known[0] != stamp:
            known = self._known = (stamp, _read(self._file, self._name))
        return known[1]


def _missing(
    endpoints: Iterable[Endpoint], settings: Settings, given: Callable[[], frozenset[str]]
) -> tuple[str, ...]:
    if settings.privacy.consent:
        return ()
    asked = [destination(endpoint) for endpoint in endpoints if not is_loopback(endpoint)]
    agreed = given() if asked else frozenset()
    return tuple(dict.fromkeys(name for name in asked if name not in agreed))


def granted(root: Path, *, state: Path | None = None) -> frozenset[str]:
    """Receivers agreed to. A file that cannot be read counts as no consent."""
    return _read(_file(root, state), _name(root))


def _read(file: Path, name: str) -> frozenset[str]:
    try:
        kept = json.loads(file.read_text("utf-8"))
        if kept["workspace"] == name:
            return frozenset(str(receiver) for receiver in kept["receivers"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return frozenset()


def grant(root: Path, receivers: Iterable[str], *, state: Path | None = None) -> None:
    """Remember that code of this workspace may go to the receivers, as `needs_consent` named them.

    Raises ConfigError if the state folder cannot be written.
    """
    _keep(root, granted(root, state=state) | frozenset(receivers), state)


def revoke(root: Path, receivers: Iterable[str] | None = None, *, state: Path | None = None) -> None:
    """Take consent back, for all receivers or the ones named. Raises ConfigError as `grant` does."""
    given = granted(root, state=state)
    left = frozenset() if receivers is None else given - frozenset(receivers)
    if given != left:
        _keep(root, left, state)


def _keep(root: Path, receivers: frozenset[str], state: Path | None) -> None:
    content = {"schema": 1, "workspace": _name(root), "receivers": sorted(receivers)}
    paths.write_private(_file(root, state), json.dumps(content, indent=2) + "\n")


def _name(root: Path) -> str:
    return os.path.normcase(root.resolve())


def _file(root: Path, state: Path | None) -> Path:
    digest = hashlib.sha256(_name(root).encode("utf-8", "surrogatepass")).hexdigest()
    return (state or paths.folders().state) / "consent" / f"{digest[:24]}.json"
