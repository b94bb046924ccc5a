"""How a project tests, as its own files show it: the framework, the file to extend, the one to imitate."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from counterpoint.pairing.testing import HowTested, how_tested
from counterpoint.text import Document, language_of
from tests.casefiles import Held

PY_TEST = "import pytest\n\nfrom shop.stock import count\n\n\ndef test_count():\n    assert count([]) == 0\n"
JS_TEST = "import { count } from './stock';\n\ntest('counts', () => { expect(count([])).toBe(0); });\n"


def found(path: str, texts: Mapping[str, str], symbol: str = "") -> HowTested:
    held = {name: Document.of(name, text, language_of(name)) for name, text in texts.items()}
    held.setdefault(path, Document.of(path, "x\n", language_of(path)))
    return how_tested(held[path], symbol, Held(held))


def test_the_test_file_of_the_module_is_extended() -> None:
    one = found(
        "src/shop/orders.py",
        {
            "pyproject.toml": "[project]\nname = 'shop'\n\n[tool.pytest.ini_options]\nminversion = '8'\n",
            "tests/test_stock.py": PY_TEST,
            "tests/test_orders.py": PY_TEST.replace("stock", "orders"),
            "tests/conftest.py": "import pytest\n",
        },
    )
    assert (one.existing, one.model, one.place) == (
        "tests/test_orders.py",
        "tests/test_stock.py",
        "tests/test_orders.py",
    )
    assert one.framework is not None and one.framework.framework == "pytest"
    assert "tests/test_orders.py tests this file already, by its name: extend it" in one.told
    assert {path for path, _, _ in one.pieces} >= {"tests/test_orders.py", "tests/test_stock.py"}


def test_without_one_the_neighbour_tells_its_place_and_name() -> None:
    one = found("src/shop/orders.py", {"tests/unit/test_stock.py": PY_TEST, "pytest.ini": "[pytest]\n"})
    assert (one.existing, one.place) == ("", "tests/unit/test_orders.py")
    assert "No file tests this one yet" in one.told and "tests/unit/test_orders.py" in one.told
    assert one.pieces == (("tests/unit/test_stock.py", 0, 6),)


def test_a_test_file_of_another_name_is_known_by_what_it_imports() -> None:
    texts = {
        "tests/test_checkout.py": "from shop import orders\n\n\ndef test_a():\n    assert orders.total([])\n",
        "tests/test_stock.py": PY_TEST,
    }
    one = found("shop/orders.py", texts, "total")
    assert one.existing == "tests/test_checkout.py" and "by what it imports" in one.told


@pytest.mark.parametrize(
    ("path", "texts", "framework"),
    [
        ("a.py", {"setup.cfg": "[tool:pytest]\n"}, "pytest"),
        ("a.py", {"requirements-dev.txt": "ruff\npytest==8\n"}, "pytest"),
        (
            "a.py",
            {"tests/test_b.py": "from unittest import TestCase\n\n\nclass B(TestCase):\n    pass\n"},
            "unittest",
        ),
        ("a.ts", {"package.json": '{\n  "devDependencies": {\n    "vitest": "3"\n  }\n}\n'}, "Vitest"),
        ("a.js", {"package.json": '{"devDependencies": {"jest": "30"}}\n'}, "Jest"),
        ("a.js", {"package.json": '{"scripts": {"test": "node --test"}}\n'}, "node:test"),
        (
            "web/a.tsx",
            {"web/vitest.config.ts": "export default {}\n", "package.json": '{"jest": {}}'},
            "Vitest",
        ),
        ("a.go", {"go.mod": "module shop\n"}, "go test"),
        (
            "a.go",
            {"go.mod": "module shop\nrequire github.com/stretchr/testify v1.9.0\n"},
            "go test with testify",
        ),
        ("src/a.rs", {"Cargo.toml": "[package]\n"}, "cargo test"),
        ("src/main/java/A.java", {"pom.xml": "<artifactId>junit-jupiter</artifactId>\n"}, "JUnit 5"),
        ("src/main/java/A.java", {"build.gradle": "testImplementation 'junit:junit:4.13'\n"}, "JUnit 4"),
        ("lib/a.rb", {"Gemfile": "gem 'rspec'\n"}, "RSpec"),
        ("src/A.php", {"phpunit.xml": "<phpunit/>\n"}, "PHPUnit"),
    ],
)
def test_the_framework_is_the_one_the_project_names(path: str, texts: dict[str, str], framework: str) -> None:
    one = found(path, texts)
    assert one.framework is not None and one.framework.framework == framework
    assert f"The framework is {framework} (" in one.told


def test_what_tests_import_outweighs_what_is_installed() -> None:
    texts = {
        "package.json": '{"devDependencies": {"jest": "30", "vitest": "3"}}',
        "src/stock.test.ts": f"import {{ test, expect }} from 'vitest';\n{JS_TEST}",
    }
    one = found("src/orders.ts", texts)
    assert one.framework is not None and one.framework.path == "src/stock.test.ts"


@pytest.mark.parametrize(
    ("path", "texts", "place"),
    [
        ("src/a/orders.ts", {"src/b/stock.ts": "", "src/b/stock.test.ts": JS_TEST}, "src/a/orders.test.ts"),
        ("src/a/orders.ts", {"test/stock.spec.ts": JS_TEST}, "test/orders.spec.ts"),
        ("shop/orders.go", {"shop/stock.go": "", "shop/stock_test.go": "func TestCount(t *testing.T) {}\n"},
         "shop/orders_test.go"),
        ("src/main/java/shop/Orders.java", {"src/test/java/shop/StockTest.java": "@Test void counts() {}\n"},
         "src/test/java/shop/OrdersTest.java"),
        ("lib/orders.rb", {"spec/stock_spec.rb": "RSpec.describe 'x' do\n it 'y' do\n end\nend\n"},
         "spec/orders_spec.rb"),
    ],
)  # fmt: skip
def test_new_tests_go_where_the_neighbours_are(path: str, texts: dict[str, str], place: str) -> None:
    assert found(path, texts).place == place


def test_what_only_helps_tests_is_nothing_to_imitate() -> None:
    one = found("shop/orders.py", {"tests/helpers.py": "def made():\n    return 1\n"})
    assert (one.model, one.existing, one.framework) == ("", "", None)
    assert "Nothing names a framework" in one.told and "No file tests this one yet" in one.told


def test_of_a_long_test_file_what_matters_is_shown() -> None:
    rows = ["import pytest\n", *(f"def test_{at}():\n    assert {at}\n" for at in range(400))]
    rows[200] = "def test_total():\n    assert total([]) == 0\n"
    one = found("shop/orders.py", {"tests/test_orders.py": "".join(rows)}, "total")
    shown = [(first, last) for path, first, last in one.pieces if path == "tests/test_orders.py"]
    assert shown[0][0] == 0 and shown[-1][1] == 800 and len(shown) == 3
    assert any(first <= 400 <= last for first, last in shown)
    assert sum(last - first + 1 for first, last in shown) < 200


def test_tests_inside_a_rust_file_are_spoken_of() -> None:
    texts = {"src/a.rs": "fn f() {}\n\n#[cfg(test)]\nmod tests {}\n"}
    assert "marked #[cfg(test)]" in found("src/a.rs", texts).told
