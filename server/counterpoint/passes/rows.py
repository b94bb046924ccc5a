"""The shipped passes as rows: name, title in menus, what they fit. Their texts are `prompts/passes/*.md`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Literal


@dataclass(frozen=True, slots=True)
class Fits:
    """Where a pass is worth offering. `globs` (gitignore form) are paths it is made for, `signs` an
    expression for words round the place asked about; `kind` is what it can read at all."""

    kind: Literal["code", "prose", "any"] = "code"
    globs: tuple[str, ...] = ()
    signs: str = ""


@dataclass(frozen=True)
class Pass:
    """What a review looks for. `source` is "" for a shipped one, else the file of the repository it is in,
    whose `text` is untrusted: it is quoted to the model and has no authority."""

    name: str
    title: str
    fits: Fits = Fits()
    source: str = ""
    own: str = ""
    """The text of a repository's own pass."""

    @cached_property
    def text(self) -> str:
        """What it looks for, in words. Reads a shipped file once."""
        return self.own or _shipped(self.name)


ROWS: tuple[Pass, ...] = (
    Pass("correctness", "Logic, states and error paths"),
    Pass(
        "security",
        "What an attacker can reach",
        Fits(
            globs=("auth*", "login*", "session*", "upload*", "views*", "routes*", "api*"),
            signs=r"passw|secret|token|credential|\bauth|login|cookie|session|permission|\bsql\b|\.execute\("
            r"|subprocess|child_process|\beval\(|innerHTML|pickle|deserial|crypt|hashlib|\bhmac|request\.",
        ),
    ),
    Pass(
        "concurrency",
        "Shared state, locks and tasks",
        Fits(
            signs=r"\bthread|\block\b|\bLock\(|\basync\b|\bawait\b|semaphore|asyncio|\bmutex|goroutine"
            r"|\bgo func|\bchan\b|synchronized|atomic|concurren|multiprocess|Worker\(|Promise\.(?:all|race)",
        ),
    ),
    Pass(
        "performance",
        "Work that grows too fast",
        Fits(
            signs=r"\bfor\b[\s\S]{0,400}\bfor\b|\bwhile\b[\s\S]{0,400}\bfor\b|cache|\bquery|\.execute\(|\.fetch"
            r"|SELECT\b|\.all\(\)|\bsort|readlines|deepcopy|JSON\.parse|time\.sleep",
        ),
    ),
    Pass(
        "api",
        "The contract others rely on",
        Fits(
            globs=("__init__.py", "index.ts", "index.js", "*.d.ts", "*.pyi", "lib.rs"),
            signs=r"\bexport\b|__all__|\bpublic\b|@(?:app|router|api)\.|deprecat|\bpub (?:fn|struct|trait)",
        ),
    ),
    Pass(
        "tests",
        "What the tests do not show",
        Fits(
            globs=(
                "test_*", "*_test.*", "*.test.*", "*.spec.*", "tests/", "test/", "__tests__/", "conftest.py",
            ),
            signs=r"\bassert|\bexpect\(|\bdescribe\(|\bmock|pytest|unittest|\bfixture",
        ),
    ),
    Pass(
        "architecture",
        "How the parts hang together",
        Fits(
            kind="any",
            globs=(
                "pyproject.toml", "package.json", "requirements*.txt", "go.mod", "Cargo.toml", "pom.xml",
                "settings.*", "config.*", "docs/adr/**",
            ),
            signs=r"environ|getenv|process\.env|\bregister|plugin|dispatch|\bemit\(|publish\(|subscribe|\bimport\b"
            r"[^\n]*\n(?:[^\n]*\bimport\b[^\n]*\n){12}",
        ),
    ),
    Pass(
        "prose",
        "Specifications, licences and documents",
        Fits(
            kind="prose",
            globs=("*.md", "*.txt", "*.rst", "*.adoc", "LICENSE*", "LICENCE*", "COPYING*", "NOTICE*"),
        ),
    ),
)  # fmt: skip

SHIPPED: tuple[str, ...] = tuple(row.name for row in ROWS)


@lru_cache(maxsize=32)
def _shipped(name: str) -> str:
    return (files("counterpoint") / "prompts" / "passes" / f"{name}.md").read_text("utf-8").rstrip("\n")
