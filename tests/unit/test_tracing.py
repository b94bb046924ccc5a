"""From what a failing program printed to the code to blame: planted bugs, frames that are not true."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from counterpoint.context.clues import Frame
from counterpoint.context.extract import facts_of
from counterpoint.context.printed import looks_printed, printed
from counterpoint.context.question import Question, Selection
from counterpoint.context.select import select
from counterpoint.context.symbols import Held
from counterpoint.context.tracing_frames import spot_at
from counterpoint.context.tracing_state import lines_writing, state_used
from counterpoint.context.tracing_words import Named
from counterpoint.context.tracing_words import tests_in as named_tests
from counterpoint.text import language_of
from tests.bench.investigate import Page, pages

PAGES = pages()
TIGHT = 1_500


def _symbols(files: Mapping[str, str]) -> Held:
    return Held(
        (facts_of(path, language_of(path), text.encode()), text.split("\n"))
        for path, text in files.items()
        if language_of(path) not in ("json", "plaintext")
    )


def _chosen(files: Mapping[str, str], output: str, budget: int = 16_000) -> Selection:
    return select(Question("trace", "", "plaintext", output, budget_tokens=budget), _symbols(files))


def _shown(chosen: Selection) -> dict[str, set[int]]:
    shown: dict[str, set[int]] = {}
    for one in chosen.snippets:
        shown.setdefault(one.path, set()).update(range(one.first_line, one.last_line + 1))
    return shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_code_to_blame_is_chosen(page: Page) -> None:
    """Also where there is room for little."""
    assert page.missing(_shown(_chosen(page.files, page.output, TIGHT))) == []


def test_nothing_is_said_twice_and_the_budget_holds() -> None:
    page = next(page for page in PAGES if page.name == "python-sample-race")
    for budget in (300, 1_000, 4_000):
        chosen = _chosen(page.files, page.output, budget)
        rows = [
            (one.path, number)
            for one in chosen.snippets
            for number in range(one.first_line, one.last_line + 1)
        ]
        assert len(rows) == len(set(rows))
        assert sum(one.tokens for one in chosen.snippets) <= budget
        assert chosen.snippets


OPENS = "Traceback (most recent call last):\n"
MOVED = """\
import json


def load(text):
    return json.loads(text)


# a comment that was not there when the trace was made


class Book:
    def price(self, sku):
        row = self.rows[sku]
        return row["price"]

    def total(self):
        return sum(self.price(sku) for sku in self.rows)
"""


@pytest.mark.parametrize(
    ("frame", "wanted"),
    [
        (Frame("book.py", 6, "price", 0, 'return row["price"]'), (13, "price")),
        (Frame("book.py", 6, "price", 0), (None, "price")),
        (Frame("book.py", 13, "price", 0), (13, "price")),
        (Frame("book.py", 2, "total", 0, "row = self.rows[sku]"), (12, "price")),
        (Frame("book.py", 4, "<lambda>", 0), (4, "load")),
        (Frame("book.py", 0, "<module>", 0), (0, None)),
        (Frame("book.py", 900, "total", 0), (None, "total")),
    ],
)
def test_a_frame_is_found_where_its_code_is_now(frame: Frame, wanted: tuple[int | None, str | None]) -> None:
    spot = spot_at("book.py", frame, _symbols({"book.py": MOVED}))
    assert spot is not None
    assert (spot.line, spot.definition.name if spot.definition else None) == wanted


def test_a_frame_that_lies_nowhere_is_left_out() -> None:
    assert spot_at("book.py", Frame("book.py", 900, "", 0), _symbols({"book.py": MOVED})) is None
    assert spot_at("gone.py", Frame("gone.py", 1, "f", 0), _symbols({"book.py": MOVED})) is None


def test_of_files_of_one_name_the_one_with_the_code_is_meant() -> None:
    files = {
        "a/handlers.py": "def run(row):\n    return row\n",
        "b/handlers.py": "def run(row):\n    return row.id\n",
        "c/handlers.py": "def go(row):\n    return 1\n",
    }
    trace = f'{OPENS}  File "handlers.py", line 2, in run\n    return row.id\nAttributeError: x\n'
    assert _chosen(files, trace, 500).snippets[0].path == "b/handlers.py"


def test_a_built_file_leads_to_its_source_by_the_names_of_functions() -> None:
    one = "export function one() {\n  return 1;\n}\n"
    files = {"src/cart.ts": f"{one}\nexport function total(rows) {{\n  return rows.sum;\n}}\n"}
    trace = "TypeError: no\n    at total (/app/dist/cart.js:1:900)\n    at /app/dist/main.js:2:1\n"
    first = _chosen(files, trace).snippets[0]
    assert (first.path, first.first_line, first.last_line) == ("src/cart.ts", 5, 7)


def test_a_text_without_frames_is_searched_by_its_words() -> None:
    files = {
        "mail/sender.py": "def send_newsletter(address):\n    return deliver(address)\n",
        "other.py": "def f():\n    pass\n",
    }
    chosen = _chosen(files, "ERROR send_newsletter: the address was refused\n")
    assert chosen.snippets[0].path == "mail/sender.py"


def test_a_long_function_is_shown_round_the_line_that_failed() -> None:
    body = "".join(f"    a{n} = {n}\n" for n in range(400))
    files = {"long.py": f"def long(x):\n{body}    return x.y\n"}
    trace = f'{OPENS}  File "long.py", line 301, in long\n    a299 = 299\nValueError: x\n'
    shown = _shown(_chosen(files, trace))["long.py"]
    assert {1, 301} <= shown
    assert len(shown) < 120


@pytest.mark.parametrize(
    ("code", "writes"),
    [
        ("self.rows = []", True),
        ("self.rows[key] = 1", True),
        ("rows.append(1)", True),
        ("self.rows.setdefault(a, []).append(2)", True),
        ("this.rows.set(a, b);", True),
        ("rows += more", True),
        ("s.rows[key] = append(s.rows[key], row)", True),
        ("delete(s.rows, key)", True),
        ("rows++", True),
        ('return {"rows": 1}', True),
        ("a, self.rows = pair", True),
        ("if self.rows == other:", False),
        ("return self.rows[key]", False),
        ("f(rows=>1)", False),
        ("arrows = 1", False),
        ("print(self.rows.get(key))", False),
    ],
)
def test_a_line_writes_to_a_name_or_it_does_not(code: str, writes: bool) -> None:
    assert bool(list(lines_writing("rows", [code]))) is writes


def test_the_state_of_a_line_is_its_members_keys_and_names_of_the_module() -> None:
    code = (
        "CACHE = {}\n\n\ndef f(row):\n    local = row\n    return CACHE[row.key] + row['size'] + g(local)\n"
    )
    facts = facts_of("a.py", "python", code.encode())
    assert state_used(code.split("\n")[5:6], facts) == ["key", "size", "CACHE"]


def test_tests_that_failed_are_read_from_the_pages_of_runners() -> None:
    text = """\
FAILED tests/test_a.py::Cart::test_sum[two] - assert 1 == 2
ERROR: test_b (tests.test_b.Orders.test_b)
 FAIL  test/c.test.ts > cart > adds up
    --- FAIL: TestD/two (0.00s)
test tests::e ... FAILED
"""
    assert named_tests(text) == (
        Named("tests/test_a.py", "test_sum"),
        Named("tests.test_b.Orders.test_b", "test_b"),
        Named("test/c.test.ts", "adds up"),
        Named("", "TestD"),
        Named("", "e"),
    )


# -- what is kept of a printed text


def test_colours_and_the_workspaces_own_path_go() -> None:
    text = '\x1b[31mTraceback\x1b[0m\r\n  File "/home/ana/shop/a.py", line 1\n'
    text += "    at f (file:///home/ana/shop/b.js:1:2)\n"
    assert printed(text, ["/home/ana/shop"]) == 'Traceback\n  File "a.py", line 1\n    at f (b.js:1:2)\n'


def test_a_windows_root_goes_as_well() -> None:
    text = '  File "C:\\Users\\ana\\shop\\a.py", line 1\n    at f (file:///C:/Users/ana/shop/b.js:1:2)\n'
    shown = printed(text, ["C:\\Users\\ana\\shop"])
    assert '"a.py"' in shown and "ana" not in shown


def test_what_is_printed_again_and_again_is_there_twice() -> None:
    text = "begin\n" + "a\nb\nc\n" * 300 + "tick\n" * 50 + "end\n"
    lines = "(the same 3 lines 298 times more)\ntick\ntick\n(the same line 48 times more)\n"
    assert printed(text) == f"begin\na\nb\nc\na\nb\nc\n{lines}end\n"


def test_of_a_long_log_the_beginning_the_errors_and_the_end_stay() -> None:
    trace = 'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    g()\nKeyError: "first"\n'
    noise = [f"INFO request {number} took {number * 7 % 13} ms" for number in range(9_000)]
    text = "\n".join(["starting", *noise[:4_000], trace, *noise[4_000:], "goodbye"])
    kept = printed(text, most=10_000)
    assert kept.startswith("starting\n")
    assert kept.endswith("goodbye\n")
    assert trace in kept
    assert len(kept) < 11_000
    assert "lines left out)" in kept


def test_a_line_without_end_is_cut() -> None:
    assert len(printed("x" * 50_000)) < 1_000


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_an_output_is_told_from_code_and_prose(page: Page) -> None:
    assert looks_printed(page.output)
    code = [path for path, text in page.files.items() if looks_printed(text)]
    assert code == []
