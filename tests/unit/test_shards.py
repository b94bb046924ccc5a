"""Cache names stay under what one machine serves, and the first is used as long as it can be."""

from __future__ import annotations

from collections import Counter

from counterpoint.context.shards import Shards


def test_each_file_and_task_has_a_name_of_its_own_that_lasts() -> None:
    made = Shards(lambda: 0.0)
    names = [made.name(task, path) for task in ("complete", "edit") for path in ("a.py", "b/\udc80.py")]
    assert len(set(names)) == 4
    assert Shards(lambda: 9.0).name("complete", "a.py") == names[0]
    assert all(len(name) <= 64 and "a.py" not in name for name in names)


def test_no_name_is_used_fifteen_times_in_any_minute() -> None:
    now = [0.0]
    made = Shards(lambda: now[0])
    used = []
    for number in range(600):
        now[0] = number * 0.7
        used.append((now[0], made.name("complete", "a.py")))
    for at, _ in used:
        within = Counter(name for then, name in used if at - 60 < then <= at)
        assert max(within.values()) < 15
    assert len({name for _, name in used}) == 7  # 86 calls a minute


def test_after_a_quiet_minute_the_first_name_serves_again() -> None:
    now = [0.0]
    made = Shards(lambda: now[0])
    first = made.name("complete", "a.py")
    while made.name("complete", "a.py") == first:
        pass
    now[0] = 60.0
    assert made.name("complete", "a.py") == first
