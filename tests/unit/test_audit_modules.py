"""Whether an import leads to a file, as each language writes it."""

from __future__ import annotations

import pytest

from counterpoint.audit.modules import module_of, origin
from counterpoint.context.facts import Import

PATHS = frozenset(
    {"shop/__init__.py", "shop/orders.py", "shop/sub/__init__.py", "src/index.ts", "src/other.ts"}
)


@pytest.mark.parametrize(
    ("path", "home", "module", "name", "language", "want"),
    [
        ("a.py", "shop/orders.py", "shop.orders", "create", "python", "ours"),
        ("a.py", "shop/orders.py", "shop", "orders", "python", "ours"),
        ("a.py", "shop/orders.py", "orders", "create", "python", "ours"),
        ("a.py", "shop/orders.py", "shop", "create", "python", "maybe"),
        ("a.py", "shop/orders.py", "store.orders", "create", "python", "other"),
        ("shop/a.py", "shop/orders.py", ".orders", "create", "python", "ours"),
        ("shop/a.py", "shop/orders.py", ".", "orders", "python", "ours"),
        ("shop/a.py", "shop/orders.py", ".", "create", "python", "maybe"),
        ("shop/sub/a.py", "shop/orders.py", "..orders", "create", "python", "ours"),
        ("shop/sub/a.py", "shop/orders.py", ".orders", "create", "python", "other"),
        ("a.py", "shop/__init__.py", "shop", "create", "python", "ours"),
        ("src/a.ts", "src/orders.ts", "./orders", "create", "typescript", "ours"),
        ("src/a.ts", "src/orders.ts", "./orders.js", "create", "typescript", "ours"),
        ("src/in/a.ts", "src/orders.ts", "../orders", "create", "typescript", "ours"),
        ("src/in/a.ts", "src/orders.ts", "..", "create", "typescript", "maybe"),
        ("src/a.ts", "src/orders.ts", "./other", "create", "typescript", "maybe"),
        ("src/a.ts", "src/orders.ts", "./nothing", "create", "typescript", "other"),
        ("src/a.ts", "src/orders.ts", "@/orders", "create", "typescript", "ours"),
        ("src/a.ts", "src/orders.ts", "orders", "create", "typescript", "maybe"),
        ("src/a.ts", "src/orders.ts", "react", "create", "typescript", "other"),
        ("main.go", "store/a.go", "example.org/shop/store", "", "go", "ours"),
        ("main.go", "store/a.go", "example.org/shop/cart", "", "go", "other"),
        ("main.go", "a.go", "example.org/shop", "", "go", "other"),
        ("A.java", "src/org/shop/Orders.java", "org.shop", "Orders", "java", "ours"),
        ("A.java", "src/org/shop/Orders.java", "org.shop", "*", "java", "ours"),
        ("A.java", "src/org/shop/Orders.java", "org.shop.Orders", "create", "java", "ours"),
        ("A.java", "src/org/shop/Orders.java", "org.other", "Orders", "java", "other"),
        ("src/main.rs", "src/orders.rs", "crate::orders", "create", "rust", "ours"),
        ("src/main.rs", "src/orders.rs", "crate", "orders", "rust", "ours"),
        ("src/main.rs", "src/orders.rs", "crate::other", "create", "rust", "maybe"),
        ("src/a.rs", "src/lib.rs", "crate", "create", "rust", "ours"),
        ("src/a.rs", "src/lib.rs", "crate::orders", "create", "rust", "maybe"),
    ],
)
def test_an_import_leads_somewhere(
    path: str, home: str, module: str, name: str, language: str, want: str
) -> None:
    assert origin(Import(module, name, name, 0), path, home, language, PATHS.__contains__) == want


def test_a_module_has_the_name_of_its_file_or_folder() -> None:
    paths = ("a/b.py", "a/__init__.py", "a/index.tsx", "a/mod.rs", "a/b.d.ts")
    assert [module_of(path) for path in paths] == ["a/b", "a", "a", "a", "a/b"]
