"""What one prompt remembers of the last: files are read again after some seconds, and memory is bounded."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from counterpoint.context import Snippet
from counterpoint.context.instructions import WHY
from counterpoint.context.pack import Limits
from counterpoint.context.question import Selection
from counterpoint.context.stable import Stable
from counterpoint.text import Document

LIMITS = Limits(budget_tokens=200, characters_per_token=4.0, path="src/a.py")


class Disk:
    """Files that count how often each is read."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts
        self.reads: list[str] = []

    def read(self, path: str) -> Document | None:
        self.reads.append(path)
        text = self.texts.get(path)
        return None if text is None else Document.of(path, text, "python")

    def paths(self) -> Sequence[str]:
        return tuple(self.texts)


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def snippet(path: str, first: int, text: str) -> Snippet:
    return Snippet(path, first, first + text.count("\n"), text, "called here", -(-len(text) // 4))


def test_what_stands_in_its_file_stays_in_the_prompt_and_what_has_changed_goes() -> None:
    disk = Disk({"b.py": "one = 1\r\ntwo = 2\r\n", "c.py": "three = 3\n", "AGENTS.md": "Use tabs."})
    clock = Clock()
    stable = Stable(clock)
    first = Selection((snippet("b.py", 2, "two = 2"), snippet("c.py", 1, "three = 3")))
    made = stable.packed(("a",), first, LIMITS, disk, 1_000)
    assert [one.path for one in made.snippets] == ["AGENTS.md", "b.py", "c.py"]
    assert made.snippets[0].why == WHY
    assert stable.packed(("a",), Selection(), LIMITS, disk, 1_000).snippets == made.snippets
    reads = len(disk.reads)
    assert stable.packed(("a",), Selection(), LIMITS, disk, 1_000).snippets == made.snippets
    assert len(disk.reads) == reads
    disk.texts = {"b.py": "zero = 0\none = 1\ntwo = 2\n", "c.py": "three = 3\n"}
    clock.now += 3.1
    assert [one.path for one in stable.packed(("a",), Selection(), LIMITS, disk, 1_000).snippets] == ["c.py"]
    clock.now += 3.1
    del disk.texts["c.py"]
    assert stable.packed(("a",), Selection(), LIMITS, disk, 1_000).snippets == ()


def test_each_file_task_and_model_has_an_order_of_its_own_and_old_ones_are_forgotten() -> None:
    disk = Disk({"b.py": "one = 1\n"})
    stable = Stable(Clock())
    asked = Selection((snippet("b.py", 1, "one = 1"),))
    stable.packed(("first",), asked, LIMITS, disk, 0)
    assert stable.packed(("second",), Selection(), LIMITS, disk, 0).snippets == ()
    assert stable.packed(("first",), Selection(), LIMITS, disk, 0).snippets == asked.snippets
    for number in range(64):
        stable.packed((str(number),), asked, LIMITS, disk, 0)
    assert stable.packed(("first",), Selection(), LIMITS, disk, 0).snippets == ()


def test_many_threads_may_ask_at_once() -> None:
    disk = Disk({f"{number}.py": "one = 1\n" for number in range(9)})
    stable = Stable(Clock())
    limits = Limits(10_000, 4.0, "src/a.py")

    def ask(number: int) -> int:
        asked = Selection((snippet(f"{number % 9}.py", 1, "one = 1"),))
        return len(stable.packed((str(number % 3),), asked, limits, disk, 100).snippets)

    with ThreadPoolExecutor(8) as pool:
        assert all(1 <= size <= 9 for size in pool.map(ask, range(300), timeout=60))
