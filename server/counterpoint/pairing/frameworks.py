"""Which framework a project tests with, by the files that name it. Reads files through `Files`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from counterpoint.text import Files

_MOST = 4_000
"""Lines of a configuration that are looked at."""


@dataclass(frozen=True, slots=True)
class Named:
    """A framework, and the 0-based line of a file that names it; `line` is -1 where the file itself does."""

    framework: str
    path: str = ""
    line: int = -1
    text: str = ""


@dataclass(frozen=True, slots=True)
class _Sign:
    """What names a framework: a file, and if `says` is not "" a line in it."""

    files: tuple[str, ...]
    framework: str
    says: str = ""


_GRADLE = ("build.gradle.kts", "build.gradle", "gradle/libs.versions.toml")
_PACKAGE = ("package.json",)

_PYTHON = (
    _Sign(("pytest.ini", ".pytest.ini"), "pytest"),
    _Sign(("pyproject.toml",), "pytest", r"\[tool\.pytest\b|[\"']pytest\b"),
    _Sign(("setup.cfg", "tox.ini"), "pytest", r"\[(?:tool:)?pytest\]|^\s*pytest\b"),
    _Sign(("requirements-dev.txt", "requirements-test.txt", "dev-requirements.txt"), "pytest", r"^pytest\b"),
    _Sign(("requirements.txt", "noxfile.py", "Makefile", "tests/requirements.txt"), "pytest", r"\bpytest\b"),
    _Sign(("conftest.py", "tests/conftest.py", "test/conftest.py"), "pytest"),
    _Sign(("manage.py",), "Django's test runner", r"django"),
)
_SCRIPT = (
    _Sign(("vitest.config.ts", "vitest.config.js", "vitest.config.mts", "vitest.workspace.ts"), "Vitest"),
    _Sign(
        ("jest.config.js", "jest.config.ts", "jest.config.mjs", "jest.config.cjs", "jest.config.json"), "Jest"
    ),
    _Sign((".mocharc.json", ".mocharc.yml", ".mocharc.js", ".mocharc.cjs"), "Mocha"),
    _Sign(_PACKAGE, "Vitest", r'"vitest"'),
    _Sign(_PACKAGE, "Jest", r'"(?:jest|ts-jest|@jest/globals|react-scripts)"'),
    _Sign(_PACKAGE, "Mocha", r'"mocha"'),
    _Sign(_PACKAGE, "AVA", r'"ava"'),
    _Sign(_PACKAGE, "Jasmine", r'"jasmine(?:-core)?"'),
    _Sign(_PACKAGE, "node:test", r'"test"\s*:\s*"[^"]*\bnode\b[^"]*--test'),
    _Sign(_PACKAGE, "bun test", r'"test"\s*:\s*"[^"]*\bbun test'),
    _Sign(("deno.json", "deno.jsonc"), "deno test"),
)
_JAVA = (
    _Sign(("pom.xml",), "JUnit 5", r"junit-jupiter|org\.junit\.jupiter"),
    _Sign(
        _GRADLE, "JUnit 5", r"junit-jupiter|org\.junit\.jupiter|useJUnitPlatform|kotlin\(\"test|kotlin-test"
    ),
    _Sign(("pom.xml", *_GRADLE), "TestNG", r"\btestng\b"),
    _Sign(("pom.xml", *_GRADLE), "JUnit 4", r"<artifactId>junit</artifactId>|junit:junit\b"),
)
_SCRIPTS = ("javascript", "javascriptreact", "typescript", "typescriptreact", "vue", "svelte")
_SIGNS: Mapping[str, tuple[_Sign, ...]] = {
    "python": _PYTHON,
    **dict.fromkeys(_SCRIPTS, _SCRIPT),
    "go": (
        _Sign(("go.mod",), "go test with testify", r"stretchr/testify"),
        _Sign(("go.mod",), "go test with Ginkgo", r"onsi/ginkgo"),
        _Sign(("go.mod",), "go test"),
    ),
    "rust": (_Sign(("Cargo.toml",), "cargo test"),),
    **dict.fromkeys(("java", "kotlin", "groovy", "scala"), _JAVA),
    "ruby": (
        _Sign((".rspec", "spec/spec_helper.rb"), "RSpec"),
        _Sign(("Gemfile",), "RSpec", r"\brspec\b"),
        _Sign(("Gemfile", "Rakefile", "test/test_helper.rb"), "Minitest", r"minitest|Rake::TestTask"),
    ),
    "php": (
        _Sign(("phpunit.xml", "phpunit.xml.dist"), "PHPUnit"),
        _Sign(("composer.json",), "Pest", r"pestphp/pest"),
        _Sign(("composer.json",), "PHPUnit", r"phpunit/phpunit"),
    ),
    "elixir": (_Sign(("mix.exs",), "ExUnit"),),
    "c": (_Sign(("CMakeLists.txt",), "CTest", r"enable_testing|add_test"),),
    "cpp": (
        _Sign(("CMakeLists.txt", "tests/CMakeLists.txt"), "GoogleTest", r"gtest|googletest"),
        _Sign(("CMakeLists.txt", "tests/CMakeLists.txt"), "Catch2", r"catch2"),
    ),
}  # fmt: skip
_IMPORTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "python": ((r"^\s*(?:import|from)\s+pytest\b|\bpytest\.", "pytest"), (r"\bTestCase\b", "unittest")),
    "typescript": (
        (r"['\"]vitest['\"]", "Vitest"), (r"['\"]@jest/globals['\"]|\bjest\.", "Jest"),
        (r"['\"]node:test['\"]", "node:test"), (r"['\"]bun:test['\"]", "bun test"),
        (r"['\"]mocha['\"]|['\"]chai['\"]", "Mocha"),
    ),
    "java": ((r"org\.junit\.jupiter", "JUnit 5"), (r"org\.testng", "TestNG"), (r"org\.junit\.", "JUnit 4")),
    "csharp": ((r"using Xunit", "xUnit"), (r"using NUnit", "NUnit"), (r"VisualStudio\.TestTools", "MSTest")),
    "go": ((r"stretchr/testify", "go test with testify"), (r"\"testing\"", "go test")),
    "swift": ((r"import XCTest", "XCTest"), (r"import Testing", "Swift Testing")),
    "cpp": ((r"gtest/gtest\.h", "GoogleTest"), (r"catch2/|catch\.hpp", "Catch2"), (r"doctest\.h", "doctest")),
}  # fmt: skip
_SAME: Mapping[str, str] = {
    **dict.fromkeys(_SCRIPTS, "typescript"),
    "kotlin": "java",
}


def framework_by_files(path: str, language: str, files: Files) -> Named | None:
    """The framework that a file of the project names, of the document's folder or the nearest above it."""
    for folder in _folders(path):
        for sign in _SIGNS.get(language, ()):
            for name in sign.files:
                if (found := _found(f"{folder}{name}", sign, files)) is not None:
                    return found
    return None


def framework_by_tests(language: str, path: str, lines: Sequence[str]) -> Named | None:
    """The framework that a test file imports."""
    for says, framework in _IMPORTS.get(_SAME.get(language, language), ()):
        for number, line in enumerate(lines[:_MOST]):
            if re.search(says, line):
                return Named(framework, path, number, line.strip())
    return None


def _found(path: str, sign: _Sign, files: Files) -> Named | None:
    document = files.read(path)
    if document is None:
        return None
    if not sign.says:
        return Named(sign.framework, path)
    for number, line in enumerate(document.lines[:_MOST]):
        if re.search(sign.says, line[:400], re.IGNORECASE):
            return Named(sign.framework, path, number, line.strip()[:200])
    return None


def _folders(path: str) -> Iterator[str]:
    """The folder of a path and those above it, with a `/` at the end; "" is the workspace itself."""
    parts = path.split("/")[:-1]
    for count in range(len(parts), 0, -1):
        yield "/".join(parts[:count]) + "/"
    yield ""
