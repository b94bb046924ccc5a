"""Which faults of the past a reader of the file could have seen, as cases: what the fix says and does."""

from __future__ import annotations

import pytest

from counterpoint.comparing.faults import is_shown
from tests.unit.test_posing import delta

GET = """\
class Store:
    limit: int | None = None

    def price(self, row):
        found = row.get("price")
        return found + 1

    def first(self, names):
        return names[0]

    def ratio(self, part, whole):
        return part / whole

    def merged(self, row):
        row["seen"] = True
        return row

    def last(self, names, count):
        return [name for at, name in enumerate(names) if at <= count]

    def named(self, text):
        return self.names[text]

    def policy(self):
        return self.registry.policy().check()

    def kept(self, row):
        return self.query.filter_by(city=row["city"]).first()

    def oldest(self, rows):
        return rows.first()
"""

SHOWN = [
    (
        "Fix TypeError when a row has no price: it is missing",
        "return found + 1",
        "return found and found + 1",
    ),
    ("Fix crash of first on an empty list", "return names[0]", "return names[0] if names else None"),
    ("Avoid a division by zero", "return part / whole", "return part / whole if whole else 0"),
    (
        "Do not mutate the row of the caller",
        'row["seen"] = True\n        return row',
        'return {**row, "seen": True}',
    ),
    ("Fix off by one: the last name was listed twice", "if at <= count", "if at < count"),
    ("Fix KeyError for an unknown name", "self.names[text]", "self.names.get(text)"),
    ("Fix the oldest of empty rows", "return rows.first()", "return rows.first() if rows else None"),
]
HIDDEN = [
    # A name with a word for faults in it, and what is empty, tell of no fault.
    ("Mark named_exception to prevent that names are made", "if at <= count", "if at < count"),
    ("Fix the count for empty names", "if at <= count", "if at < count"),
    ("Keep empty cities as texts", 'city=row["city"]', "city=(row[\"city\"] or '')"),
    (
        "Keep no rows of empty cities",
        'return self.query.filter_by(city=row["city"]).first()',
        'return row["city"] and self.query.filter_by(city=row["city"]).first() or 0',
    ),
    ("Fix crash where no policy is registered", "self.registry.policy()", "self.registry.query_policy()"),
    ("Fix wrong name of the policy", "self.registry.policy()", "self.registry.rules()"),
    ("Fix prices that are too low", "return found + 1", "return found + 2 if self.taxed else found"),
    ("Return nothing for an empty whole", "return part / whole", "return self.shares(part, whole)"),
    ("Stop at the count that is wished for", "if at <= count", "if at < count"),
    (
        "Fix crash of a missing name with a TypeError: it may be None",
        "        return self.names[text]",
        "        try:\n            return self.names[text]\n        except TypeError:\n            return 0",
    ),
    (
        "Fix crash on a missing registry",
        "self.registry.policy()",
        "(self.registry and self.registry.policy())",
    ),
    # What is missing is no name of a row: such words tell of decisions as well.
    (
        "Do not complain about missing prices of rows",
        "return found + 1",
        "return found and found + 1",
    ),
    ("Fix crash of the first of empty tags", "return names[0]", "return names[0] if names else None"),
]


@pytest.mark.parametrize(("message", "old", "new"), SHOWN)
def test_a_fault_that_is_named_and_whose_trace_stands_in_the_file_is_shown(
    message: str, old: str, new: str
) -> None:
    assert GET.count(old) == 1
    assert is_shown(message, delta("store.py", GET, GET.replace(old, new)))


@pytest.mark.parametrize(("message", "old", "new"), HIDDEN)
def test_what_only_others_know_to_be_wrong_is_not(message: str, old: str, new: str) -> None:
    assert GET.count(old) == 1
    assert not is_shown(message, delta("store.py", GET, GET.replace(old, new)))


LIMITED = """\
def limited(rows, limit=None, e=None):
    if limit:
        return rows[:limit]
    if isinstance(e, str):
        return [e]
    return rows
"""


@pytest.mark.parametrize(
    ("message", "old", "new"),
    [
        # Whether nought counts is decided.
        ("Fix TypeError of rows where the limit is None", "if limit:", "if limit is not None:"),
        # A name of one letter stands for anything.
        (
            "Fix crash where there is no e, which is None",
            "if isinstance(e, str):",
            "if e and isinstance(e, str):",
        ),
    ],
)
def test_values_that_may_count_or_stand_for_anything_show_no_fault(message: str, old: str, new: str) -> None:
    assert not is_shown(message, delta("rows.py", LIMITED, LIMITED.replace(old, new)))
    named = LIMITED.replace("(e, ", "(error, ").replace("e=None", "error=None").replace("[e]", "[error]")
    swapped = (
        new.replace("if e ", "if error ")
        .replace("(e,", "(error,")
        .replace("limit is not None", "limit and rows")
    )
    assert is_shown(message, delta("rows.py", named, named.replace(old.replace("(e,", "(error,"), swapped)))


@pytest.mark.parametrize(
    ("after", "shown"),
    [
        ("  if (body === null || body === undefined) {", False),
        ("  if (body === undefined || body === null) {", False),
        ("  if (body === null || other === undefined) {", True),
    ],
)
def test_the_same_question_in_other_words_mends_nothing(after: str, shown: bool) -> None:
    before = "function told (body, other = null) {\n  if (body == null) {\n    return 1\n  }\n"
    before += "  return body.size\n}\n"
    made = delta("told.js", before, before.replace("  if (body == null) {", after))
    assert is_shown("Fix crash when a body is null or undefined", made) is shown
