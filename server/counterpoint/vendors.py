"""Which vendors may see a file: `providers.paths`. Follows links within the workspace: reads the disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from counterpoint.errors import ConfigError
from counterpoint.globs import Globs, parsed
from counterpoint.ignores import compiled
from counterpoint.project import Project

SETTING = "providers.paths"


@dataclass(frozen=True, slots=True)
class Vendors:
    """`rules` are globs in gitignore form with the vendors that may see what they cover."""

    project: Project
    rules: tuple[tuple[str, Globs, frozenset[str]], ...] = ()

    def barred(self, path: str, provider: str) -> str | None:
        """Why a provider may not see a file, or None. All globs that cover the file must name it.

        A model on this machine sees everything: nothing leaves.
        """
        if not self.rules or provider == "embedded":
            return None
        return self._why(self.project.names(path), provider)

    def barred_by_name(self, path: str, provider: str) -> str | None:
        """The same by a workspace-relative path alone, for what is told at once: what the path may be a link
        to is not looked at. Reads nothing."""
        return None if not self.rules or provider == "embedded" else self._why((path,), provider)

    def _why(self, names: Sequence[str], provider: str) -> str | None:
        for glob, globs, allowed in self.rules:
            if provider not in allowed and any(globs.covers(name) for name in names):
                who = " or ".join(sorted(allowed)) or "nobody"
                return f"{SETTING} lets only {who} see {glob}"
        return None


def vendors_of(project: Project, paths: Mapping[str, Sequence[str]], known: Sequence[str]) -> Vendors:
    """Read the setting. Raises ConfigError for what is no glob or no vendor: to leave it out would send what
    was meant to stay."""
    rules = []
    for glob, allowed in paths.items():
        if parsed(glob) is None or glob.startswith("!"):
            raise ConfigError(f"{SETTING}: {glob!r} is no glob that covers files.", fix="Correct it.")
        if unknown := sorted(set(allowed) - set(known)):
            raise ConfigError(
                f"{SETTING}: {unknown[0]!r} is no vendor.", fix=f"Use some of: {', '.join(known)}."
            )
        rules.append((glob, compiled([glob]), frozenset(allowed)))
    return Vendors(project, tuple(rules))
