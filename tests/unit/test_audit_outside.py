"""Who may rely on a definition from outside, or by a text: then "callers intact" is not said."""

from __future__ import annotations

import pytest

from counterpoint.audit import Audit, CallSite, audit, said, words
from tests.auditcases import Held, document

PYTHON = "def run(a):\n    return a\n"
PYTHON_NOW = "def run(a, b=1):\n    return a\n"
SCRIPT = "export function run(a: number) { return a }\n"
SCRIPT_NOW = "export function run(a: number, b = 1) { return a }\n"
GO = "package lib\n\nfunc Run(a int) int { return a }\n"
GO_NOW = "package lib\n\nfunc Run(a int, b ...int) int { return a }\n"
RUST = "pub fn run(a: u32) -> u32 { a }\n"
RUST_NOW = "pub fn run(a: u32) -> u32 { let b = a; b }\n"
JAVA = "package lib;\npublic class Api { public int run(int a) { return a; } }\n"
JAVA_NOW = "package lib;\npublic class Api { public int run(int a) { int b = a; return b; } }\n"
LISTED = '__all__ = ["run"]\n'


def audited(
    home: str, before: str, after: str, files: dict[str, str], sites: tuple[CallSite, ...] = ()
) -> Audit:
    return audit(
        {home: document(home, before)}, {home: document(home, after)}, sites, Held({**files, home: before})
    )


def test_a_name_that_its_module_lists_is_exported() -> None:
    found = audited("lib/api.py", LISTED + PYTHON, LISTED + PYTHON_NOW, {})
    assert found.notes == ("run exported beyond the workspace",)
    assert not found.certain


INIT, ALL = {"lib/__init__.py": "from .api import run\n"}, {"src/index.ts": 'export * from "./api"\n'}
PROJECT, TOOLS = {"pyproject.toml": "[project]\n"}, {"pyproject.toml": "[tool.ruff]\n"}
ENTRY = {"pyproject.toml": '[tool.x]\nshop = "lib.api:run"\n'}
LIB = {"src/lib.rs": "pub mod api;\n"}
BUILT = {"package.json": '{"name": "a", "main": "dist/index.js"}'}
NESTED = {"package.json": '{"name": "a", "exports": {".": {"import": "./dist/api.mjs"}}}'}
OTHER = {"package.json": '{"name": "a", "main": "index.js"}', "index.js": "\n"}
CODE = {
    "lib/api.py": (PYTHON, PYTHON_NOW),
    "lib/__init__.py": (PYTHON, PYTHON_NOW),
    "api.py": (PYTHON, PYTHON_NOW),
    "src/api.ts": (SCRIPT, SCRIPT_NOW),
    "pkg/api.go": (GO, GO_NOW),
    "internal/api.go": (GO, GO_NOW),
    "src/api.rs": (RUST, RUST_NOW),
    "crates/a/src/api.rs": (RUST, RUST_NOW),
    "lib/Api.java": (JAVA, JAVA_NOW),
}


@pytest.mark.parametrize(
    ("home", "files"),
    [
        ("lib/api.py", {**PROJECT, **INIT}),
        ("lib/__init__.py", {"setup.py": "setup()\n"}),
        ("lib/api.py", ENTRY),
        ("src/api.ts", {**BUILT, **ALL}),
        ("src/api.ts", NESTED),
        ("pkg/api.go", {"go.mod": "module example.org/shop\n"}),
        ("src/api.rs", {"Cargo.toml": "[package]\n", **LIB}),
        ("crates/a/src/api.rs", {"crates/a/Cargo.toml": "[lib]\n"}),
        ("lib/Api.java", {"build.gradle": "plugins { id 'maven-publish' }\n"}),
    ],
)
def test_what_others_may_import_is_exported(home: str, files: dict[str, str]) -> None:
    found = audited(home, *CODE[home], files)
    assert any(note.endswith("exported beyond the workspace") for note in found.notes)


@pytest.mark.parametrize(
    ("home", "files"),
    [
        ("lib/api.py", {**TOOLS, **INIT}),
        ("lib/api.py", {**PROJECT, "lib/__init__.py": "\n"}),
        ("api.py", PROJECT),
        ("src/api.ts", {"package.json": '{"private": true, "main": "src/api.ts"}'}),
        ("src/api.ts", {"package.json": "{"}),
        ("src/api.ts", {"package.json": "[]"}),
        ("src/api.ts", OTHER),
        ("src/api.ts", {}),
        ("internal/api.go", {"go.mod": "module example.org/shop\n"}),
        ("pkg/api.go", {"go.mod": "module shop\n"}),
        ("src/api.rs", {"Cargo.toml": "[package]\npublish = false\n", **LIB}),
        ("src/api.rs", {}),
        ("lib/Api.java", {"build.gradle": "plugins { id 'application' }\n"}),
    ],
)
def test_what_stays_in_the_workspace_is_not(home: str, files: dict[str, str]) -> None:
    assert audited(home, *CODE[home], files).notes == ()


def test_a_private_name_is_exported_by_nobody() -> None:
    before, after = (text.replace("run", "_run") for text in (PYTHON, PYTHON_NOW))
    assert (
        audited("lib/api.py", before, after, {**PROJECT, "lib/__init__.py": "from .api import _run\n"}).notes
        == ()
    )


def test_a_list_that_still_has_what_is_gone_is_broken() -> None:
    found = audited("lib/api.py", LISTED + PYTHON, LISTED, {})
    assert [(site.line, site.state, site.why) for site in found.sites] == [(0, "broken", "__all__ lists it")]


def test_texts_and_decorators_are_told_beside_the_callers() -> None:
    before, after = f"@route\n{PYTHON}", f"@route\n{PYTHON.replace('return a', 'return 1 * a')}"
    files = {
        "lib/a.py": "from lib.api import run\n\nrun(1)\n",
        "lib/b.py": 'import lib.api\n\nf = getattr(lib.api, "run")\ng = {"lib.api.run": 1}\n',
        "lib/c.py": 'from lib.api import run\n\nx = row["run"] if kind == "run" else "a run of luck"\n',
    }
    found = audited("lib/api.py", before, after, files, (CallSite("lib/a.py", 2, "lib/api.py", "run"),))
    assert said(found) == "1 certain caller intact, named in 2 texts, decorated by @route"
    assert [(site.path, site.line, site.use) for site in found.sites] == [
        ("lib/a.py", 2, "call"),
        ("lib/b.py", 2, "string"),
        ("lib/b.py", 3, "string"),
    ]


def test_possible_callers_are_counted_apart() -> None:
    files = {"lib/a.py": "from lib.api import run\n\nrun(1)\nother.run(2)\n"}
    sites = (
        CallSite("lib/a.py", 2, "lib/api.py", "run"),
        CallSite("lib/a.py", 3, "lib/api.py", "run", certain=False),
    )
    found = audited("lib/api.py", PYTHON, PYTHON_NOW, files, sites)
    assert said(found) == "1 certain caller intact, 1 possible"
    assert found.possible[0].why == "it may mean another run"
    assert not found.certain


def test_the_environment_is_set_in_settings_too() -> None:
    before, after = 'import os\nA = os.environ["SHOP_URL"]\n', 'import os\nA = os.environ["SHOP_HOST"]\n'
    files = {
        "compose.yml": "env:\n  SHOP_URL: x\n",
        "README.md": "SHOP_URL\n",
        "other.yaml": "SHOP_URLS: x\n",
    }
    found = audited("lib/api.py", before, after, files)
    assert [(site.path, site.line, site.state) for site in found.shared] == [("compose.yml", 1, "broken")]
    assert found.broken[0].why == "the environment SHOP_URL is SHOP_HOST now"


def test_a_variable_that_nobody_reads_any_more_is_in_doubt() -> None:
    before = 'import os\nA = os.environ["SHOP_URL"]\n'
    found = audited(
        "lib/api.py", before, "import os\n", {"lib/b.py": 'import os\nB = os.getenv("SHOP_URL")\n'}
    )
    assert [(site.path, site.state) for site in found.shared] == [("lib/b.py", "unknown")]
    assert said(found) == "1 possible"


def test_objects_that_no_name_tells_of_are_in_doubt() -> None:
    before, after = "export interface Order { id: string }\n", "export interface Order { id: number }\n"
    assert audited("src/a.ts", before, after, {}).notes == ("objects that are no named Order may be one",)


def test_nothing_is_said_of_what_nobody_uses() -> None:
    found = audited("lib/api.py", PYTHON, PYTHON_NOW, {})
    assert said(found) == "no callers"
    assert found.all == ()


def test_what_cannot_be_read_is_said() -> None:
    ruby = audited("lib/api.rb", "def run(a)\nend\n", "def run(b)\nend\n", {})
    assert said(ruby) == "lib/api.rb is not audited"
    assert audited("lib/api.py", PYTHON, "def run(:\n", {}).notes == ("lib/api.py has errors",)
    assert audited("lib/api.py", "def run(:\n", "def run(((\n", {}).notes == ()
    assert audited("README.md", "a", "b", {}).notes == ()


def test_a_module_that_is_gone_is_missed_by_those_who_import_it() -> None:
    files = {
        "a.py": "import lib.api\n\nlib.api.run(1)\n",
        "b.py": "from lib import api as jobs\n",
        "c.py": "from lib.other import api\n",
        "d.py": "from lib.work import run\n",
    }
    before = {"lib/api.py": document("lib/api.py", PYTHON)}
    after = {"lib/work.py": document("lib/work.py", PYTHON)}
    found = audit(before, after, (CallSite("a.py", 2, "lib/api.py", "run"),), Held(files))
    assert [(site.path, site.line, site.state) for site in found.sites] == [
        ("a.py", 0, "broken"),
        ("a.py", 2, "broken"),
        ("b.py", 0, "broken"),
        ("d.py", 0, "intact"),
    ]
    assert "api" in words(before, after)


def test_another_type_of_the_same_name_is_none_of_its_own() -> None:
    before = "class Cart:\n    def __init__(self, owner): pass\n    def add(self, one): pass\n"
    after = before.replace("owner", "owner, currency").replace("one", "one, count")
    built = "    def __init__(self):\n        super().__init__()\n"
    other = f"class Cart(Base):\n{built}    def make(cls): return cls()\n"
    child = f"\n\nclass Child(Cart):\n{built}    def add(self, one): pass\n"
    files = {"lib/b.py": other + child, "lib/c.py": f"from lib.api import Cart{child}"}
    found = audited("lib/api.py", before, after, files)
    assert {(site.path, site.line, site.state) for site in found.sites} == {
        ("lib/c.py", 2, "unknown"),
        ("lib/c.py", 4, "broken"),
        ("lib/c.py", 5, "unknown"),
    }


def test_the_words_say_where_a_change_may_be_felt() -> None:
    def felt(path: str, old: str, new: str) -> frozenset[str]:
        return words({path: document(path, old)}, {path: document(path, new)})

    assert felt("lib/api.py", PYTHON, PYTHON_NOW) == {"run"}
    assert felt("lib/api.py", PYTHON, PYTHON) == frozenset()
    assert felt("lib/api.py", PYTHON, PYTHON.replace("run", "go")) == {"run", "go"}
    default = SCRIPT.replace("function", "default function")
    assert felt("src/api.ts", default, default.replace("number", "string")) == {"run", "api"}
    assert felt("lib/api.py", "LIMIT = 1\n", "LIMIT = 2\n") == {"LIMIT"}
    enum = "class S(Enum):\n    PAID = 'paid now'\n    SENT = 'sent'\n"
    assert felt("lib/api.py", enum, enum.replace("'paid now'", "'done'")) == {"PAID", "SENT", "paid"}
    route = '@app.get("/users/{number}/orders")\ndef f(a): pass\n'
    assert felt("lib/api.py", route, route.replace("/users", "/people")) == {"f", "orders", "people"}
