"""Imports a package name by name: what its `__init__` only hands on is imported when somebody asks for it.

Anthropic's SDK names its whole catalogue of some three thousand modules in such files, and one client of its
messages needs a third of them: the rest costs half of a second and 20 MiB before the first byte leaves.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.abc import InspectLoader, Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from types import ModuleType
from typing import Any


def import_sparingly(package: str, needed: Sequence[str]) -> None:
    """Import modules of a package that was not imported yet, and from now on its packages name by name.

    A release that cannot be imported in this order is imported in its own. Raises ImportError where that
    cannot be either.
    """
    if package in sys.modules:
        return
    finder = _Finder(package)
    sys.meta_path.insert(0, finder)
    try:
        for name in needed:
            import_module(name)
    except (ImportError, AttributeError):
        sys.meta_path.remove(finder)
        for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
            del sys.modules[name]
        import_module(package)


class _Finder(MetaPathFinder):
    """Finds the package and those inside it as they are found anyway, with a loader that waits."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._package and not fullname.startswith(f"{self._package}."):
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and spec.submodule_search_locations and isinstance(spec.loader, InspectLoader):
            spec.loader = _Waiting(spec.loader, outermost=fullname == self._package)
        return spec


class _Waiting(Loader):
    """Gives a package's names one by one. The file itself is run where it does more than hand names on, the
    outermost one only where something is asked for that it does not import by name."""

    def __init__(self, loader: InspectLoader, *, outermost: bool) -> None:
        self._loader = loader
        self._outermost = outermost

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        source = self._loader.get_source(module.__name__)
        names = None if source is None else _handed_on(source, whole=not self._outermost)
        if names is None:
            self._loader.exec_module(module)
        else:
            module.__dict__["__getattr__"] = _giver(module, names, self._loader)


def _handed_on(source: str, *, whole: bool) -> Mapping[str, tuple[str, str]] | None:
    """The names that a file imports from below it, with module and name there. None where a name is that of a
    module as well, and, if all of the file must be such imports (`whole`), where there is anything else."""
    names: dict[str, tuple[str, str]] = {}
    modules: set[str] = set()
    for step in ast.parse(source).body:
        if isinstance(step, ast.ImportFrom) and step.level == 1 and step.module:
            modules.add(step.module.partition(".")[0])
            names |= {item.asname or item.name: (step.module, item.name) for item in step.names}
        elif whole and not _is_about_names(step):
            return None
    return None if modules & names.keys() or (whole and "*" in names) else names


def _is_about_names(step: ast.stmt) -> bool:
    """True of `from __future__ import` and of `__all__ =`."""
    if isinstance(step, ast.ImportFrom):
        return step.module == "__future__"
    return isinstance(step, ast.Assign) and ast.unparse(step.targets[0]) == "__all__"


def _giver(
    module: ModuleType, names: Mapping[str, tuple[str, str]], loader: InspectLoader
) -> Callable[[str], Any]:
    """What Python asks for a name that the package does not have yet."""

    def give(name: str) -> Any:
        if name.startswith("__") and name not in names and name != "__all__":
            raise AttributeError(name)
        if name in names:
            below, there = names[name]
            value = getattr(import_module(f"{module.__name__}.{below}"), there)
        elif name != "__all__" and find_spec(f"{module.__name__}.{name}"):
            value = import_module(f"{module.__name__}.{name}")
        else:
            module.__dict__.pop("__getattr__", None)
            loader.exec_module(module)
            return getattr(module, name)
        module.__dict__[name] = value
        return value

    return give
