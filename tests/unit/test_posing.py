"""What a commit becomes for each task: places, pieces, faults, and why it makes none."""

from __future__ import annotations

import difflib
from dataclasses import replace

import pytest

from counterpoint.comparing.commits import Change, Commit, Delta, Hunk, Touched, commits_in, hunks_of
from counterpoint.comparing.mining import by_names, by_texts
from counterpoint.comparing.posing import POSERS
from counterpoint.comparing.values import Case

FIX = "Fix crash of the first lookup when the list of names is empty"
BODY = "def first(names):\n    return names[0]\n"
MENDED = "def first(names):\n    return names[0] if names else None\n"
OTHERS = "".join(f"def other_{n}():\n    return {n}\n\n\n" for n in range(4))
"""Functions with nothing wrong."""


def delta(path: str, before: str | None, after: str) -> Delta:
    """A change of a file with the hunks git would tell of it."""
    old, new = (before or "").split("\n"), after.split("\n")
    hunks = [
        Hunk(a, tuple(old[a:b]), c, tuple(new[c:d]))
        for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        if tag != "equal"
    ]
    return Delta(path, before, after, tuple(hunks))


def change(*sources: Delta, message: str = FIX, tests: str = "tests/test_a.py") -> Change:
    files = tuple(
        Touched(path, "M") for path in (*(one.path for one in sources), tests, "tests/data/names.json")
    )
    made = delta(tests, "", "from a import first\n\n\ndef test_first():\n    assert first([]) is None\n")
    return Change(Commit("c" * 40, ("p" * 40,), 1_700_000_000, message, files), "p" * 40, sources, (made,))


def posed(task: str, asked: Change) -> Case:
    found = POSERS[task](asked)
    assert isinstance(found, Case), found
    return found


def test_other_files_of_the_commit_go_along_with_some_lines_round_what_it_changes() -> None:
    rows = "".join(f"row_{number} = {number}\n" for number in range(200))
    other = delta("b.py", rows, rows.replace("row_100 = 100\n", "row_100 = 101\n"))
    far = delta(
        "c.py", "\n" * 400 + rows, "x = 1\n" + "\n" * 400 + rows.replace("row_199 = 199", "row_199 = 0")
    )
    case = posed("edit", change(delta("a.py", BODY, MENDED.replace("None", "None  # none")), other, far))
    assert case.path in ("a.py", "b.py", "c.py")
    assert ("b.py", 81, 121) in case.pieces
    assert case.path == "c.py" or [one for one in case.pieces if one[0] == "c.py"] == [
        ("c.py", 1, 21),
        ("c.py", 580, 601),
    ]
    assert case.tests == ("tests/test_a.py", "tests/data/names.json")


def test_a_fault_of_a_long_file_is_shown_with_a_stretch_round_it() -> None:
    rows = "".join(f"row_{number} = {number}\n" for number in range(1_000))
    case = posed("review", change(delta("a.py", rows + BODY + rows + OTHERS, rows + MENDED + rows + OTHERS)))
    assert case.faults == (("a.py", 1_002, 1_002),)
    assert case.lines == (803, 1_201)


def test_where_nearly_any_remark_would_be_near_the_fault_nothing_is_reviewed() -> None:
    assert posed("review", change(delta("a.py", OTHERS + BODY, OTHERS + MENDED))).faults == (
        ("a.py", 18, 18),
    )
    assert POSERS["review"](change(delta("a.py", BODY, MENDED))) == "a fault that any remark would hit"


SHELF = """\
class Rack:
    tax = 2


class Shelf:
    rows = ()

    def first(self):
        return self.rows[0]
"""


@pytest.mark.parametrize(
    ("put_in", "asked"),
    [
        ('    names = [\n        "get",\n        "delete",\n    ]\n', False),
        ("    limit: int = 3\n", False),
        ("    tax = 3\n", False),  # which another class sets as well, and none uses
        ("    names = made()\n", True),
        ("    rows = (1,)\n", True),  # what a method uses
    ],
)
def test_a_name_of_a_class_that_is_only_set_and_used_nowhere_is_not_to_be_tested(
    put_in: str, asked: bool
) -> None:
    after = SHELF.replace("    rows = ()\n", f"    rows = ()\n{put_in}")
    found = POSERS["tests"](change(delta("a.py", SHELF, after)))
    assert isinstance(found, Case) if asked else found == "no behaviour that was not there"


@pytest.mark.parametrize(
    ("sources", "message", "why"),
    [
        ([("a.py", BODY, MENDED)], "Tell the first of the names of a list", "file alone does not show"),
        ([("a.py", BODY, MENDED)], "Add a first of no names for a list that is empty", "no fix of what was"),
        ([("a.py", BODY, MENDED), ("b.py", BODY, MENDED)], FIX, "several files"),
        ([("a.py", BODY, BODY + "".join(f"x_{n} = {n}\n" for n in range(20)))], FIX, "too large"),
        ([("a.py", BODY, BODY.replace("    ret", "    check(names)\n    ret"))], FIX, "changes no line"),
        ([("a.py", BODY, BODY + "# a comment\n")], FIX, "too large"),
        (
            [("a.py", "a = 1\n" + "b = 1\n" * 500 + "c = 1\n", "a = 2\n" + "b = 1\n" * 500 + "c = 2\n")],
            FIX,
            "too large",
        ),
    ],
)  # fmt: skip
def test_what_is_no_single_fault_is_no_review(
    sources: list[tuple[str, str, str]], message: str, why: str
) -> None:
    found = POSERS["review"](change(*(delta(*one) for one in sources), message=message))
    assert isinstance(found, str) and why in found


def test_what_tests_had_held_to_be_right_is_no_fault_that_a_reader_sees() -> None:
    asked = change(delta("a.py", OTHERS + BODY, OTHERS + MENDED))
    head = "import pytest\n\nfrom a import first\n\n\ndef test_first():\n"
    raised = "    with pytest.raises(IndexError):\n        first([])\n"
    told = f"{head}    assert first([]) is None\n"
    for before, why in ((head + raised, "a fault that its tests had held to be right"), (head, "")):
        found = POSERS["review"](replace(asked, tests=(delta("tests/test_a.py", before, told),)))
        assert isinstance(found, Case) if not why else found == why


def test_a_fix_outside_of_all_definitions_is_told_by_its_lines() -> None:
    case = posed("fix", change(delta("a.py", "LIMIT = 3\nOTHER = 1\n", "LIMIT = 4\nOTHER = 1\n")))
    assert case.lines == (1, 1)
    assert isinstance(POSERS["fix"](change(delta("a.py", BODY, MENDED), message="Tell the first name")), str)


@pytest.mark.parametrize(
    "after",
    [
        MENDED,  # a line that stood there was changed
        BODY + "import os\n",
        BODY + "# only a comment\n",
        BODY + "unheard = of_this(nor_that)\n",
        BODY + "".join(f"names = first(names)  # {number}\n" for number in range(12)),
    ],
)
def test_a_block_that_nothing_round_it_speaks_of_is_no_completion(after: str) -> None:
    assert (
        POSERS["complete"](change(delta("a.py", BODY, after))) == "no block that the code round it calls for"
    )


GAPS = [
    # a parameter that nothing else takes up
    ("def kept(self, first, limit=None):\n    self.first = first\n", "    self.limit = limit\n", ""),
    # a name that is used below and made nowhere
    ("def kept(self):\n    log(1)\n", "    rows = self.rows\n", "    return rows.rows\n"),
    # a value that was made ready and is not used
    ("def kept(path):\n    found = open(path)\n", "    close(found)\n", "\n\ndef close(one):\n    pass\n"),
    # a function that nothing calls
    ("def check(one):\n    pass\n\n\ndef kept(one):\n    log(one)\n", "    check(one)\n", ""),
]
NO_GAPS = [
    # what it does to a value that is used all the same
    ("def kept(one):\n    log(one)\n", "    one.log()\n", "    return one\n"),
    # a text that is written nowhere else
    ("def kept(one, name):\n    log(one)\n", '    log("gone", name)\n', ""),
    # a number that is
    ("def kept(one, name):\n    log(one)\n", "    log(name, 77)\n", ""),
    # within a text of several lines
    ('def kept(one, name):\n    """One.\n', "    name = one\n", '    """\n    log(name)\n'),
    # outside of all definitions
    ("def log(one):\n    pass\n\n\none = log\n", "log = one\n", ""),
]


def gap(above: str, block: str, below: str) -> Case | str:
    return POSERS["complete"](change(delta("a.py", above + below, above + block + below)))


@pytest.mark.parametrize(("above", "block", "below"), GAPS)
def test_a_gap_that_the_code_round_it_calls_for_is_a_completion(above: str, block: str, below: str) -> None:
    case = gap(above, block, below)
    assert isinstance(case, Case) and case.expected == block.strip()


@pytest.mark.parametrize(("above", "block", "below"), NO_GAPS)
def test_a_gap_that_could_be_left_as_it_is_is_none(above: str, block: str, below: str) -> None:
    assert gap(above, block, below) == "no block that the code round it calls for"


def test_tests_are_asked_for_the_file_they_belong_to() -> None:
    long = delta("far/away.py", "x = 1\n" * 3, "def far():\n    return 1\n" * 9)
    case = posed("tests", change(long, delta("a.py", BODY, MENDED)))
    assert (case.path, case.lines) == ("a.py", (1, 2))
    assert dict(case.overlay) == {"far/away.py": long.after, "a.py": MENDED}
    assert isinstance(POSERS["tests"](change(delta("a.py", BODY, BODY))), str)


def test_names_alone_rule_much_out() -> None:
    def told(files: list[tuple[str, str]], parents: int = 1) -> str:
        touched = tuple(Touched(path, status) for path, status in files)
        return by_names(Commit("c", ("p",) * parents, 0, FIX, touched))

    both = [("a.py", "M"), ("tests/test_a.py", "M")]
    assert told(both) == ""
    assert "merge" in told(both, parents=2) and "first" in told(both, parents=0)
    assert "too many files" in told(both + [(f"docs/{n}.md", "M") for n in range(20)])
    assert "too many files" in told(both + [(f"{n}.py", "M") for n in range(5)])
    assert "only new files" in told([("a.py", "A"), ("tests/test_a.py", "A")])
    assert "go, move" in told([("a.py", "D"), ("tests/test_a.py", "M")])
    assert "whole running" in told([("a.py", "M"), ("cypress/e2e/a.cy.ts", "M"), ("tests/test_a.py", "M")])
    assert "written down" in told([*both, ("tests/__snapshots__/a.snap", "M")])
    assert "written down" in told([*both, ("tests/import/rows.xlsx", "M")])


def test_long_files_and_new_ones_alone_are_left_out() -> None:
    long = "a = 1\n" * 20_000
    assert by_texts(change(delta("a.py", None, BODY))) == "only new files"
    assert by_texts(change(Delta("a.py", long, long, ()))) == "a file that is too long"
    assert by_texts(change(delta("a.py", BODY, MENDED))) == ""
    plain = change(delta("a.py", BODY, BODY + "# names that are empty, first of a list\n"))
    assert by_texts(plain) == "form, comments or documentation"


def test_a_log_and_its_hunks_are_read_as_git_prints_them() -> None:
    log = (
        "\x01aa\0pp\x005\0Subject\n\nBody\n\0:100644 100644 1 2 M\0a.py\0:120000 120000 1 2 M\0link.py\0"
        "\x01bb\0pp qq\x006\0Merge\n\0\x01cc\0bad\0"
    )
    one, two = commits_in(log)
    assert (one.id, one.parents, one.time, one.subject) == ("aa", ("pp",), 5, "Subject")
    assert one.files == (Touched("a.py", "M"), Touched("link.py", "M", plain=False))
    assert two.parents == ("pp", "qq") and not two.files
    (hunk, added) = hunks_of("@@ -2 +2 @@\n-b\n+B\n@@ -3,0 +4,2 @@\n+d\n+e\n", "a\nb\nc\n", "a\nB\nc\nd\ne\n")
    assert hunk == Hunk(1, ("b",), 1, ("B",)) and added == Hunk(3, (), 3, ("d", "e"))
