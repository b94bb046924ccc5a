"""The parts of the selection for a completion: buffer, imports, bindings, types in play, likeness, odds."""

from __future__ import annotations

import pytest

from counterpoint.context.completing import considered
from counterpoint.context.completing_buffer import FAR, code_of, enclosing, read_buffer
from counterpoint.context.completing_imports import (
    EXACT,
    NONE,
    WITHIN,
    Imports,
    bound,
    homes,
    parts_of,
    relation,
)
from counterpoint.context.completing_odds import OPEN_WEIGHTS, WEIGHTS, Odds
from counterpoint.context.completing_scene import Scene, is_test
from counterpoint.context.extract import facts_of
from counterpoint.context.facts import Import
from counterpoint.context.question import Question
from counterpoint.context.similar import likeness
from counterpoint.context.types_near import active_types, bindings
from counterpoint.text import language_of
from tests.unit.test_completing import asked, held


def imported(module: str, name: str = "", alias: str = "") -> Import:
    return Import(module, name, alias or name or module.rpartition(".")[2], 0)


@pytest.mark.parametrize(
    ("path", "one", "other", "wanted"),
    [
        ("a/b.py", imported(".c", "X"), "a/c.py", EXACT),
        ("a/b.py", imported("..c", "X"), "c.py", EXACT),
        ("a/b.py", imported(".", "c"), "a/c.py", EXACT),
        ("a/b.py", imported(".c", "X"), "a/c/d.py", WITHIN),
        ("a/b.py", imported(".c", "X"), "z/c.py", NONE),
        ("app.py", imported("shop.basket", "X"), "src/shop/basket.py", EXACT),
        ("app.py", imported("shop", "X"), "shop/__init__.py", EXACT),
        ("app.py", imported("shop", "X"), "shop/basket.py", WITHIN),
        ("app.py", imported("typing", "X"), "shop/basket.py", NONE),
        ("src/a/b.ts", imported("./c", "X"), "src/a/c.ts", EXACT),
        ("src/a/b.ts", imported("../c", "X"), "src/c/index.ts", EXACT),
        ("src/a/b.ts", imported("../c.js", "X"), "src/c.ts", EXACT),
        ("src/a/b.ts", imported("../c", "X"), "src/c/d.ts", WITHIN),
        ("main.go", imported("example.com/app/internal/conv"), "internal/conv/conv.go", EXACT),
        ("src/a.rs", imported("crate::job", "Job"), "src/job.rs", EXACT),
        ("x/A.java", imported("com.shop", "Basket"), "src/com/shop/Basket.java", EXACT),
    ],
)
def test_an_import_relates_to_a_file(path: str, one: Import, other: str, wanted: int) -> None:
    language = language_of(path)
    assert relation(bound(one, path), parts_of(other, language)) == wanted
    assert Imports((one,), path).of_file(parts_of(other, language)) == wanted


def test_an_import_binds_its_alias_only() -> None:
    imports = Imports((imported(".c", "X", "Y"),), "a/b.py")
    assert imports.of_name("Y", ("a", "c")) == EXACT
    assert imports.of_name("X", ("a", "c")) == NONE


def test_a_version_at_the_end_of_a_module_is_no_part_of_it() -> None:
    assert bound(imported("example.com/chi/v5"), "main.go").parts[-1] == "chi"


@pytest.mark.parametrize(
    ("path", "one", "wanted"),
    [
        ("a/b.py", imported(".", "c"), ("a", "c")),
        ("src/a/b.ts", imported("./c"), ("src/a", "c")),
        ("src/a/b.ts", imported("./c"), ("src/a/c", "index")),
        ("app.py", imported("shop", "till"), ("src/shop", "till")),
    ],
)
def test_where_a_module_may_be(path: str, one: Import, wanted: tuple[str, str]) -> None:
    folder, stem = wanted
    assert any(home == folder and stem in stems for home, stems in homes(bound(one, path), path))


def test_java_imports_take_in_no_module() -> None:
    assert not list(homes(bound(imported("com.shop", "Basket"), "A.java"), "A.java"))


@pytest.mark.parametrize(
    ("language", "text", "kept", "dropped"),
    [
        ("python", 'a = "b"  # c\n"""d\n"""\ne = f"{g}"', {"a", "e", "g"}, {"b", "c", "d"}),
        ("typescript", "a('b') // c\n/* d\n*/ e", {"a", "e"}, {"b", "c", "d"}),
        ("rust", "fn a<'b>(c: &'b str) {} // d", {"a", "b", "c"}, {"d"}),
        ("java", 'int a = "b".c; /** d */', {"a", "c"}, {"b", "d"}),
        ("ruby", "a = 'b' # c", {"a"}, {"b", "c"}),
    ],
)
def test_comments_and_strings_are_taken_out(
    language: str, text: str, kept: set[str], dropped: set[str]
) -> None:
    code = code_of(language, text)
    assert code.count("\n") == text.count("\n")
    words = set(code.replace("{", " ").replace("}", " ").replace("'", " ").replace("(", " ").split())
    words |= set("".join(char if char.isalnum() else " " for char in code).split())
    assert kept <= words
    assert not dropped & words


def test_names_are_nearer_or_farther_on_either_side() -> None:
    text, question = asked(
        "a.py", "far()\n" + "\n" * 40 + "near.here()\n║\nnext_one()\n" + "\n" * 30 + "later = 1\n"
    )
    buffer = read_buffer(question, None)
    assert buffer.before["near"] == 0 and buffer.after["next_one"] == 0
    assert buffer.before["far"] > 3 and buffer.after["later"] > 3
    assert buffer.ring("nowhere") == FAR
    assert {"here", "far", "next_one"} <= buffer.called and "here" in buffer.members
    assert "near" in buffer.plain and "here" not in buffer.plain
    assert "next_one" in buffer.soon and "later" not in buffer.soon
    assert text.count("\n") == question.text.count("\n")


def test_what_encloses_a_line_follows_what_was_typed_since() -> None:
    facts = facts_of("a.py", "python", b"class A:\n    def f(self):\n        pass\n")
    function, owner = enclosing(facts, 2, 3)
    assert function is not None and function.name == "f" and owner is not None and owner.name == "A"
    assert enclosing(facts, 4, 3) == (None, None)
    function, _ = enclosing(facts, 4, 6)
    assert function is not None and function.name == "f"


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("    till = open_till()", ("till", "", " open_till()")),
        ("    def pay(basket: Basket, sum):", ("basket", "", " Basket")),
        ("	conv := bytesconv.New()", ("conv", "", " bytesconv.New()")),
        ("  private final List<Basket> baskets;", ("baskets", "List", "")),
    ],
)
def test_a_line_binds_names(line: str, wanted: tuple[str, str, str]) -> None:
    name, left, right = wanted
    assert any(
        (one, before) == (name, left) and after.startswith(right) for one, before, after in bindings(line)
    ) or any(one == name and left in before for one, before, _ in bindings(line))


def test_go_says_the_name_first() -> None:
    found = list(bindings("func (s *Server) Handle(r *web.Request, n int) error {", name_first=True))
    assert ("s", "", "Server") in found and ("r", "", "web.Request") in found


def test_a_comparison_binds_nothing() -> None:
    assert not list(bindings("a == b"))


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("tests/unit/a.py", True),
        ("src/a.test.ts", True),
        ("pkg/a_test.go", True),
        ("src/com/ATest.java", True),
        ("src/contest/a.py", False),
        ("src/attest.py", False),
    ],
)
def test_tests_are_known_by_their_path(path: str, wanted: bool) -> None:
    assert is_test(path) is wanted


def test_a_type_in_play_keeps_its_surest_evidence() -> None:
    text, question = asked("a.py", "from b import B\n\n\ndef f(x: B):\n    y = B()\n    ║\n")
    symbols = held({"a.py": text, "b.py": "class A:\n    pass\n\n\nclass B(A):\n    pass\n"})
    actives = active_types(Scene(question, symbols))
    assert [(one.place.definition.name, one.how) for one in actives] == [
        ("B", "a type in the signature"),
        ("A", "which a type in the signature extends"),
    ]


def test_types_that_extend_each_other_in_a_circle_end() -> None:
    text, question = asked("a.py", "from b import A\n\n\ndef f(x: A):\n    ║\n")
    symbols = held({"a.py": text, "b.py": "class A(B):\n    pass\n\n\nclass B(A):\n    pass\n"})
    assert {one.place.definition.name for one in active_types(Scene(question, symbols))} == {"A", "B"}


def test_files_that_share_rare_names_are_alike() -> None:
    text, question = asked("a.py", "rare_one()\nrare_two()\n║\n")
    files = {f"n{number}.py": f"common = {number}\n" for number in range(20)}
    like = "def f():\n    rare_one()\n    rare_two()\n    next_thing()\n"
    symbols = held({"a.py": text, "b.py": like, **files})
    found = likeness(Scene(question, symbols))
    assert list(found.files) == ["b.py"]
    assert found.votes["next_thing"] == pytest.approx(1.0)
    assert [unit.definition.name for unit in found.units] == ["f"]


def test_an_empty_workspace_has_nothing_to_say() -> None:
    question = Question("completion", "a.py", "python", "", 0, 0)
    scene, found = considered(question, held({}))
    assert scene.facts is None and not found.like.files and not found.pool.found


_BODY = "def gross(n):\n    return n\n\n\nclass T:\n    def total(self):\n        return 0\n"
_BUFFER = "from b import gross, other\n\n\ndef f(x):\n    gross(x)\n    ║\n    x.total\n"


def test_each_piece_of_evidence_adds_its_weight_to_the_odds() -> None:
    text, question = asked("a.py", _BUFFER)
    scene, found = considered(question, held({"a.py": text, "b.py": _BODY}))
    names = [candidate.place.definition.name for candidate in found.pool.found.values()]
    assert "gross" in names

    def weighed(weights: dict[str, float]) -> list[float]:
        odds = Odds(scene, found.like, 0.0, weights)
        odds.known(names)
        return [odds.of(candidate) for candidate in found.pool.found.values()]

    alone = [weighed({name: weight}) for name, weight in WEIGHTS.items()]
    assert weighed(WEIGHTS) == pytest.approx([sum(each) for each in zip(*alone, strict=True)])
    ones = dict(zip(names, weighed({"bound": 1.0}), strict=True))
    assert ones["gross"] == 1.0 and ones["total"] == 0.0


@pytest.mark.parametrize("table", [WEIGHTS, OPEN_WEIGHTS], ids=["closed", "open"])
def test_what_is_dropped_as_hopeless_is_less_likely_than_that(table: dict[str, float]) -> None:
    text, question = asked("a.py", _BUFFER)
    scene, found = considered(question, held({"a.py": text, "b.py": _BODY, "c.py": _BODY.replace("T", "U")}))
    candidates = list(found.pool.found.values())
    for least in (-9.0, -7.0, -6.0, -5.0, -4.0, -2.0):
        odds = Odds(scene, found.like, least, table)
        odds.known({candidate.place.definition.name for candidate in candidates})
        for candidate in candidates:
            if odds.hopeless(candidate.place, candidate.member):
                assert odds.of(candidate) < least


def test_both_tables_weigh_the_same_kinds_of_evidence_sanely() -> None:
    for table in (WEIGHTS, OPEN_WEIGHTS):
        assert table["base"] < -3
        assert table["before"] > 0 and table["unseen-vote"] > 0 and table["unseen-mentioned"] > 0
