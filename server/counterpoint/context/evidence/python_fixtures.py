"""Parameters of tests that a test runner fills by their name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from counterpoint.context.evidence.library import Source
from counterpoint.context.evidence.python_calls import PythonWorld
from counterpoint.context.evidence.python_classes import function_value
from counterpoint.context.evidence.python_scopes import Binding
from counterpoint.context.evidence.values import UNKNOWN, Types, joined, known

if TYPE_CHECKING:
    from tree_sitter import Node


class GuessingWorld(PythonWorld):
    """The same files, with a parameter that has no type taken for the fixture of its name.

    Names are bound to fixtures by custom only, so what follows from it is never certain.
    """

    def parameter(self, binding: Binding) -> Types:
        """What a parameter is, or what the fixture of its name gives."""
        found = super().parameter(binding)
        if known(found):
            return found
        for path in _places(binding.source.path):
            source = self.library.source(path)
            if source is not None and (given := self._fixture(source, binding)):
                return given
        return found

    def _fixture(self, source: Source, binding: Binding) -> Types:
        """What a fixture of a file gives; empty if the file has none of that name."""
        found: list[Types] = []
        for one in self.table(source, source.root).names.get(binding.name, ()):
            if (
                one.kind == "def"
                and one.value is not None
                and one.node != binding.node
                and self._is_fixture(one.value)
            ):
                given = self.result(function_value(source, one.value))
                found.append(joined(self._yielded(value.args, value.name) or (value,) for value in given))
        return joined(found) if found else ()

    def _is_fixture(self, node: Node) -> bool:
        return any(one.rpartition(".")[2] == "fixture" for one in self.decorators(node))

    def _yielded(self, args: tuple[Types, ...], name: str) -> Types:
        if name.rpartition(".")[2] not in (
            "Generator",
            "Iterator",
            "AsyncGenerator",
            "AsyncIterator",
            "Iterable",
        ):
            return ()
        return args[0] if args else UNKNOWN


def _places(path: str) -> Iterator[str]:
    """The files whose fixtures a test file sees, nearest first."""
    yield path
    folder = path.rpartition("/")[0]
    while folder:
        yield f"{folder}/conftest.py"
        folder = folder.rpartition("/")[0]
    yield "conftest.py"
