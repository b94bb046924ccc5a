"""The languages whose syntax is understood: one row each. A grammar is loaded when it is first asked for."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Language


@dataclass(frozen=True, slots=True)
class Grammar:
    """A row. `module` and `function` give the grammar, `queries` names the files in `queries/`; it is
    empty for a language that has syntax (scopes, blocks, errors) but no place in the workspace index.

    `family` groups languages whose names can refer to each other's definitions. `package_is_folder` is true
    where the files of one folder see each other's names with no import.
    """

    name: str
    module: str
    function: str
    family: str
    queries: str
    package_is_folder: bool = False

    @property
    def indexed(self) -> bool:
        """True if files of the language enter the workspace index."""
        return bool(self.queries)


GRAMMARS: dict[str, Grammar] = {
    row.name: row
    for row in (
        Grammar("python", "tree_sitter_python", "language", "python", "python"),
        Grammar("javascript", "tree_sitter_javascript", "language", "script", "javascript script jsx"),
        Grammar("javascriptreact", "tree_sitter_javascript", "language", "script", "javascript script jsx"),
        Grammar("typescript", "tree_sitter_typescript", "language_typescript", "script", "typescript script"),
        Grammar(
            "typescriptreact", "tree_sitter_typescript", "language_tsx", "script", "typescript script jsx"
        ),
        Grammar("go", "tree_sitter_go", "language", "go", "go", package_is_folder=True),
        Grammar("rust", "tree_sitter_rust", "language", "rust", "rust", package_is_folder=True),
        Grammar("java", "tree_sitter_java", "language", "jvm", "java", package_is_folder=True),
        Grammar("c", "tree_sitter_c", "language", "c", "c"),
        Grammar("cpp", "tree_sitter_cpp", "language", "c", "cpp"),
        Grammar("csharp", "tree_sitter_c_sharp", "language", "csharp", "csharp", package_is_folder=True),
        Grammar("ruby", "tree_sitter_ruby", "language", "ruby", "ruby"),
        Grammar("php", "tree_sitter_php", "language_php", "php", "php"),
        Grammar("shellscript", "tree_sitter_bash", "language", "shell", "bash"),
        Grammar("kotlin", "tree_sitter_kotlin", "language", "jvm", ""),
        Grammar("swift", "tree_sitter_swift", "language", "swift", ""),
        Grammar("lua", "tree_sitter_lua", "language", "lua", ""),
        Grammar("scala", "tree_sitter_scala", "language", "jvm", ""),
    )
}
"""By LSP language id."""


def family_of(language: str) -> str:
    """The family of an LSP language id; its own name where no grammar is known."""
    row = GRAMMARS.get(language)
    return row.family if row else language


@cache
def grammar(language: str) -> Language:
    """The tree-sitter language of an LSP language id. Raises KeyError for one that has no row."""
    from tree_sitter import Language

    row = GRAMMARS[language]
    # The wheels hand over a capsule, which their stubs call an int.
    return Language(getattr(importlib.import_module(row.module), row.function)())
