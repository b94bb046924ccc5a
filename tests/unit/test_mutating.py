"""The mistakes that the bench of impacted tests makes."""

from __future__ import annotations

from tests.bench.mutating import mutants_in

TEXT = '''"""A shop with a café."""

LIMIT = 3


def price(item, count):
    """What it costs."""
    if count < LIMIT and item != "café":
        log(item)
        return count * 2
    return None
'''


def test_each_kind_of_mistake_is_made_and_nothing_else_changes() -> None:
    made = {(one.kind, one.line): one.applied(TEXT) for one in mutants_in(TEXT)}
    lines = TEXT.split("\n")
    changed = {
        key: [line for line, old in zip(text.split("\n"), lines, strict=True) if line != old]
        for key, text in made.items()
    }
    assert changed[("negate condition", 8)] == ['    if not (count < LIMIT and item != "café"):']
    assert changed[("drop call", 9)] == ["        pass"]
    assert changed[("remove return", 10)] == ["        return None"]
    assert changed[("swap constant", 10)] == ["        return count * 3"]
    flipped = {one.applied(TEXT).split("\n")[7] for one in mutants_in(TEXT) if one.kind == "flip comparison"}
    assert flipped == {
        '    if count >= LIMIT and item != "café":',
        '    if count < LIMIT and item == "café":',
    }
    assert all(len(found) == 1 for found in changed.values())


def test_what_is_in_no_function_stays() -> None:
    assert mutants_in("LIMIT = 3\nif LIMIT > 2:\n    print(LIMIT)\n") == []
