"""Which file of the workspace a JavaScript or TypeScript module specifier names."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from counterpoint.context.evidence.library import Library

_ENDINGS = (".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_WRITTEN = {
    ".js": (".ts", ".tsx", ".js", ".jsx"), ".jsx": (".tsx", ".jsx"), ".mjs": (".mts", ".mjs"),
    ".cjs": (".cts", ".cjs"),
}  # fmt: skip
_PACKAGES = frozenset({"packages", "apps", "libs", "modules", "plugins", "examples", "tools"})
_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.S)
_COMMA = re.compile(r",(\s*[}\]])")


@dataclass(slots=True)
class Specifiers:
    """Resolves specifiers; settings of projects are read where the workspace has their text."""

    library: Library
    _found: dict[tuple[str, str], str | None] = field(default_factory=dict)
    _named: frozenset[str] | None = None
    _settings: dict[str, dict[str, object]] = field(default_factory=dict)

    def file(self, specifier: str, path: str) -> str | None:
        """The file that `specifier`, written in the file `path`, names; None if the workspace has none."""
        folder = path.rpartition("/")[0]
        key = (specifier, folder)
        if key not in self._found:
            self._found[key] = self._file(specifier, folder)
        return self._found[key]

    def outside(self, specifier: str) -> bool:
        """True if an unresolved specifier means an installed package for certain.

        One whose last part is the name of a file or folder here may go by an alias that is not known.
        """
        parts = [part for part in specifier.split("/") if part]
        if specifier.startswith((".", "node:")) or not parts:
            return True
        last = parts[-1].partition(".")[0]
        aliased = (
            specifier[0] in "~#$" or specifier.startswith("@/") or len(parts) > 1 + (specifier[0] == "@")
        )
        return not (last in self._stems() if aliased else f"src/{last}" in self._stems())

    def _stems(self) -> frozenset[str]:
        """Names of files and folders, without ending; those of the source folder with their path also."""
        if self._named is None:
            names = set()
            for path in (*self.library.paths, *self.library.folders):
                stem = path.rpartition("/")[2].partition(".")[0]
                names |= {stem, f"src/{stem}"} if path.rpartition("/")[0] == "src" else {stem}
            self._named = frozenset(names)
        return self._named

    def _file(self, specifier: str, folder: str) -> str | None:
        if specifier.startswith("."):
            return self._at(_normal(f"{folder}/{specifier}"))
        if specifier.startswith("node:"):
            return None
        return self._aliased(specifier, folder) or self._package(specifier) or self._rooted(specifier)

    def _at(self, base: str | None) -> str | None:
        """A file by its path without ending, or as the built file it is written as."""
        if base is None:
            return None
        paths = self.library.paths
        stem, dot, ending = base.rpartition(".")
        for other in _WRITTEN.get(f".{ending}", ()) if dot else ():
            if stem + other in paths:
                return stem + other
        if base in paths and base.endswith(_ENDINGS):
            return base
        tries = [base + one for one in _ENDINGS] + [f"{base}/index{one}".lstrip("/") for one in _ENDINGS]
        return next((one for one in tries if one in paths), None)

    def _config(self, path: str) -> dict[str, object]:
        """A settings file, with comments and trailing commas; empty if there is none to be read."""
        if path not in self._settings:
            text = "\n".join(self.library.symbols.lines(path) or ())
            plain = _COMMA.sub(r"\1", _COMMENT.sub(lambda found: found[1] or "", text))
            try:
                data = json.loads(plain) if plain.strip() else {}
            except ValueError:
                data = {}
            self._settings[path] = data if isinstance(data, dict) else {}
        return self._settings[path]

    def _aliased(self, specifier: str, folder: str) -> str | None:
        """By `paths` and `baseUrl` of the nearest tsconfig."""
        while True:
            prefix = f"{folder}/" if folder else ""
            options = self._config(f"{prefix}tsconfig.json").get("compilerOptions")
            if isinstance(options, dict):
                base = _normal(f"{folder}/{options.get('baseUrl', '.')}") or ""
                paths = options.get("paths")
                for pattern, targets in paths.items() if isinstance(paths, dict) else ():
                    for place in _matched(pattern, targets, specifier):
                        if found := self._at(_normal(f"{base}/{place}")):
                            return found
                if "baseUrl" in options and (found := self._at(_normal(f"{base}/{specifier}"))):
                    return found
            if not folder:
                return None
            folder = folder.rpartition("/")[0]

    def _package(self, specifier: str) -> str | None:
        """A package of the same workspace, by the name of its folder."""
        parts = specifier.split("/")
        name, rest = (
            (parts[1], parts[2:]) if specifier.startswith("@") and len(parts) > 1 else (parts[0], parts[1:])
        )
        for folder in sorted(self.library.folders):
            above, _, last = folder.rpartition("/")
            if last != name or above.rpartition("/")[2] not in _PACKAGES:
                continue
            for middle in ("src", "lib", "source", ""):
                place = "/".join(part for part in (folder, middle, *rest) if part)
                if found := self._at(place):
                    return found
        return None

    def _rooted(self, specifier: str) -> str | None:
        """`@/x`, `~/x` and `#x` mean the source folder by custom."""
        for sign in ("@/", "~/", "#/", "#", "~", "src/"):
            if specifier.startswith(sign):
                rest = specifier[len(sign) :]
                return self._at(f"src/{rest}") or (self._at(f"app/{rest}") or self._at(rest))
        return None


def _matched(pattern: str, targets: object, specifier: str) -> list[str]:
    if not isinstance(targets, list):
        return []
    head, star, tail = pattern.partition("*")
    if not star:
        return [str(one) for one in targets] if pattern == specifier else []
    if specifier.startswith(head) and specifier.endswith(tail) and len(specifier) >= len(head) + len(tail):
        middle = specifier[len(head) : len(specifier) - len(tail)]
        return [str(one).replace("*", middle, 1) for one in targets]
    return []


def _normal(path: str) -> str | None:
    """A path without `.` and `..`; None if it leaves the workspace."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
