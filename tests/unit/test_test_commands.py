"""The user's test command made to run only some tests: by what words, and when it is left as it is."""

from __future__ import annotations

import shlex

import pytest

from counterpoint.context.impact import Impact, Impacted
from counterpoint.testruns.command import narrowed, runner_of

PYTHON = (
    Impacted("tests/unit/test_prices.py", "test_net", 3, 0.9, "uses net"),
    Impacted("tests/unit/test_prices.py", "TestTax.test_half", 9, 0.8, "uses net"),
    Impacted("tests/e2e/test_shop.py", "test_buy", 1, 0.5, "uses create_order"),
)
SCRIPTS = (
    Impacted("web/test/prices.test.ts", "", 0, 0.9, "uses net"),
    Impacted("web/test/orders.test.ts", "", 0, 0.7, "uses createOrder"),
)
GO = (
    Impacted("shop/prices_test.go", "TestNet", 3, 0.9, "uses Net"),
    Impacted("shop_test.go", "TestBuy", 3, 0.8, "uses Buy"),
    Impacted("tools/gen/gen_test.go", "TestGen", 3, 0.3, "uses Net"),
)
IMPACT = Impact((*PYTHON, *SCRIPTS, *GO), {"py": 100, "ts": 10, "go": 100})


def nothing(path: str) -> str | None:
    return None


def words(command: str, files: dict[str, str] | None = None, impact: Impact = IMPACT) -> str:
    found = narrowed(shlex.split(command), impact, (files or {}).get)
    return shlex.join(found.words) if not found.why else found.why


NODES = "tests/unit/test_prices.py::test_net tests/unit/test_prices.py::TestTax::test_half"
SHOP = "tests/e2e/test_shop.py::test_buy"
FILES = "web/test/orders.test.ts web/test/prices.test.ts"
PACKAGES = "-run '^(TestBuy|TestGen|TestNet)$' ./shop . ./tools/gen"


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("pytest -q", f"pytest -q {SHOP} {NODES}"),
        ("python -m pytest -q tests", f"python -m pytest -q {SHOP} {NODES}"),
        (".venv/bin/python3.12 -m pytest", f".venv/bin/python3.12 -m pytest {SHOP} {NODES}"),
        ("uv run pytest -x -n 4 tests/unit", f"uv run pytest -x -n 4 {NODES}"),
        ("pytest -n4 ./tests/unit/", f"pytest -n4 {NODES}"),
        ("pytest --ignore=tests/e2e -q", f"pytest --ignore=tests/e2e -q {NODES}"),
        ("pytest --ignore tests/e2e", f"pytest --ignore tests/e2e {NODES}"),
        ("pytest -k 'net and not slow'", f"pytest -k 'net and not slow' {SHOP} {NODES}"),
        ("pytest --cov=shop --cov-report=term", f"pytest --cov=shop --cov-report=term {SHOP} {NODES}"),
        ("pytest tests/unit/test_prices.py::TestTax", f"pytest {NODES.split()[1]}"),
        ("pytest 'tests/unit/test_prices.py::test_net[3]'", f"pytest {NODES.split()[0]}"),
        ("npx vitest run", f"npx vitest run {FILES}"),
        ("pnpm vitest run --bail 1 prices", "pnpm vitest run --bail 1 web/test/prices.test.ts"),
        ("npx jest --ci", f"npx jest --ci {FILES}"),
        ("node_modules/.bin/vitest", f"node_modules/.bin/vitest {FILES}"),
        ("go test ./...", f"go test {PACKAGES}"),
        ("go test -race -count=1 ./shop/...", "go test -race -count=1 -run '^(TestNet)$' ./shop"),
        ("go test -count 1 ./... -args -slow", f"go test -count 1 {PACKAGES} -args -slow"),
    ],
)
def test_a_known_command_runs_only_what_may_break(command: str, wanted: str) -> None:
    assert words(command) == wanted


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("make test", "the command is of no test runner we know"),
        ("npm test", "the command is of no test runner we know"),
        ("tox -e py -- pytest", "the command is of no test runner we know"),
        ("docker compose run app pytest -q", "the command is of no test runner we know"),
        ("sh -c 'pytest -q'", "the command is of no test runner we know"),
        ("pytest --shiny tests", "it is not clear what tests is in --shiny tests"),
        ("pytest --pyargs shop", "--pyargs names modules, not files"),
        ("pytest docs", "no test it runs is known to depend on the change"),
        ("vitest run --root web", "--root says that files are looked for elsewhere"),
        ("vitest bench", "the command does something else than run tests"),
        ("go test -run Net ./...", "-run chooses already what is run"),
        ("go test example.com/shop/...", "example.com/shop/... is no folder of the workspace"),
        ("go vet ./...", "the command is of no test runner we know"),
    ],
)
def test_what_is_not_understood_is_left_as_it_is(command: str, why: str) -> None:
    assert words(command) == why
    assert narrowed(shlex.split(command), IMPACT, nothing).words == tuple(shlex.split(command))


@pytest.mark.parametrize(
    ("file", "text", "wanted"),
    [
        ("pyproject.toml", '[tool.pytest.ini_options]\ntestpaths = ["tests/unit"]\n', NODES),
        ("pytest.ini", "[pytest]\ntestpaths = tests/e2e\n", SHOP),
        ("setup.cfg", "[tool:pytest]\ntestpaths = tests/unit\n", NODES),
        ("tox.ini", "[pytest]\npython_files = *_shop.py\n", SHOP),
        ("tox.ini", "[testenv]\ncommands = pytest\n", f"{SHOP} {NODES}"),
        ("pyproject.toml", '[tool.pytest]\ntestpaths = ["tests/unit"]\n', NODES),
        ("pyproject.toml", "not toml [", f"{SHOP} {NODES}"),
        ("pytest.ini", "no section\n", f"{SHOP} {NODES}"),
    ],
)
def test_what_pytest_would_not_run_is_not_run(file: str, text: str, wanted: str) -> None:
    assert words("pytest", {file: text}) == f"pytest {wanted}"


def test_no_file_of_the_repository_is_taken_for_an_option() -> None:
    names = ("-pevil_test.py", "@words_test.py", "-x/a_test.py", "-c.test.ts", "plain_test.py")
    impact = Impact(tuple(Impacted(name, "", 0, 0.5, "") for name in names), {"py": 100, "ts": 100})
    pytest_words = narrowed(["pytest"], impact, nothing).words[1:]
    assert pytest_words == ("./-pevil_test.py", "./-x/a_test.py", "./@words_test.py", "plain_test.py")
    assert narrowed(["vitest", "run"], impact, nothing).words[2:] == ("./-c.test.ts",)
    one = Impact((Impacted("-k_test.py", "test_it", 0, 0.5, ""),), {"py": 100})
    assert narrowed(["pytest"], one, nothing).words[1:] == ("./-k_test.py::test_it",)


def test_where_tests_may_have_other_names_whole_files_are_run() -> None:
    files = {"pytest.ini": "[pytest]\npython_functions = should_*\n"}
    assert words("pytest", files) == "pytest tests/e2e/test_shop.py tests/unit/test_prices.py"


def test_a_folder_with_a_go_mod_of_its_own_is_not_reached() -> None:
    found = words("go test ./...", {"tools/go.mod": "module tools\n"})
    assert found == "go test -run '^(TestBuy|TestNet)$' ./shop ."


def test_no_more_than_a_share_of_the_tests_is_run() -> None:
    many = tuple(Impacted(f"test_{n // 10}.py", f"test_{n}", n, 1 - n / 1000, "") for n in range(400))
    found = narrowed(["pytest"], Impact(many, {"py": 500, "ts": 9000}), nothing)
    assert len(found.tests) == 150
    assert found.total == 500
    assert set(found.tests) == set(many[:150])
    assert [one.path for one in found.tests] == sorted(one.path for one in found.tests)
    assert len(found.words) == 151


def test_few_tests_are_all_run_and_why_nothing_is_known_is_told() -> None:
    assert words("pytest", impact=Impact(PYTHON, {"py": 20})) == "there are few tests"
    assert words("pytest", impact=Impact((), {}, "the index is starting")) == "the index is starting"
    assert words("go test ./...", impact=Impact((), {"go": 50})).startswith("no test it runs")


def test_a_command_line_stays_as_short_as_systems_take_it() -> None:
    long = tuple(Impacted(f"{'deep/' * 40}test_{n}.py", "test_it", 1, 0.5, "") for n in range(1000))
    found = narrowed(["pytest"], Impact(long, {"py": 1000}), nothing)
    assert 0 < len(found.tests) < 300
    assert len(shlex.join(found.words)) <= 30_100


def test_the_runner_of_a_command_and_where_its_arguments_begin() -> None:
    assert runner_of(["python", "-m", "pytest", "-q"]) == ("pytest", 3)
    assert runner_of([r"C:\venv\Scripts\pytest.exe", "-q"]) == ("pytest", 1)
    assert runner_of(["node", "node_modules/vitest/vitest.mjs", "run"]) == ("vitest", 2)
    assert runner_of([]) == ("", 0)
