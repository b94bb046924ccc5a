"""The measure of selection: what it takes for truth, and how it counts."""

from __future__ import annotations

from tests.bench.context_bench import Tally, tally
from tests.bench.context_corpora import Corpus, Cursor, Place, Wanted, cursors
from tests.bench.context_truth import READERS

SHAPES = """\
class Circle:
    unit = 1

    def circumference(self, radius):
        return 2 * radius


def helper_of_shapes():
    total = 1
    return total
"""
USER = "from shapes import Circle\n" + "\n" * 30 + "wheel = Circle().circumference(3)\nprint(wheel)\n"


def of(files: dict[str, str]) -> Corpus:
    reader = READERS["python"]
    bound = frozenset(name for text in files.values() for name in reader.bound(text))
    return Corpus("made", "python", files, {p: reader.definitions(t) for p, t in files.items()}, bound)


def test_a_name_with_another_meaning_is_no_truth() -> None:
    code = of({"shapes.py": SHAPES, "user.py": USER, "other.py": "def draw(unit):\n    return unit\n"})
    unique = code.unique()
    assert unique["circumference"] == Place("shapes.py", 4)
    assert unique["helper_of_shapes"] == Place("shapes.py", 8)
    assert "unit" not in unique  # a parameter of another file bears it
    assert "total" not in unique  # a local


def test_a_cursor_knows_where_else_its_names_stand() -> None:
    (cursor,) = cursors(of({"shapes.py": SHAPES, "user.py": USER}), 5, seed=1)
    assert (cursor.path, cursor.line, cursor.column) == ("user.py", 32, 0)
    assert {want.name: want.stratum for want in cursor.wanted} == {
        "Circle": "imported",
        "circumference": "unseen",
    }
    assert {"wheel", "print"} <= cursor.named


def test_typescript_is_read_with_its_members() -> None:
    reader = READERS["typescript"]
    text = "export class Pen { draw(line: string) { return this.stroke(line) } }\nconst x = new Pen()\n"
    assert [name for name, _ in reader.definitions(text)] == ["Pen", "draw"]
    assert list(reader.bound(text)) == ["line"]
    assert sorted(reader.calls(text)) == [("Pen", 2), ("stroke", 1)]


def test_only_the_line_itself_in_another_file_counts() -> None:
    code = of({"shapes.py": SHAPES, "user.py": USER})
    place = Place("shapes.py", 4)
    cursor = Cursor(
        "user.py", 32, 0, (Wanted("circumference", place, "unseen"),), frozenset({"circumference"})
    )
    line = "    def circumference(self, radius):"

    def counted(**item: object) -> Tally:
        total = Tally()
        whole = {"path": "shapes.py", "start_line": 4, "end_line": 4, "text": line, "why": "a member", **item}
        tally(total, code, cursor, [whole], 100)
        return total

    assert counted().found["unseen"] == 1
    assert (counted().sent, counted().named) == (1, 1)
    assert counted(start_line=8, end_line=8).found["unseen"] == 0
    assert counted(text="    def area(self):").found["unseen"] == 0
    assert counted(path="user.py").found["unseen"] == 0
    similar = counted(why="similar code")
    assert (similar.sent, similar.alike, similar.found["unseen"]) == (0, 9, 1)
    assert counted(text=line + " " * 400).over == 1
