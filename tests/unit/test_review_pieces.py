"""Pieces of files: what a reviewer is shown where there is no diff, little room, or nothing to point at."""

from __future__ import annotations

from counterpoint.context.change import change_of
from counterpoint.context.extract import facts_of
from counterpoint.context.kin import kinship
from counterpoint.context.pieces import best_piece, looked_through
from counterpoint.context.question import Question, Selection
from counterpoint.context.select import select
from counterpoint.context.symbols import Held

TEXT = "LIMIT = 3\n\n\ndef clamp(value):\n    return min(value, LIMIT)\n\n\ndef second():\n    return 1\n"


def held(files: dict[str, str]) -> Held:
    return Held((facts_of(path, "python", text.encode()), text.split("\n")) for path, text in files.items())


def review(files: dict[str, str], budget: int = 2000) -> Selection:
    path, text = next(iter(files.items()))
    return select(
        Question("review", path, "python", text, budget_tokens=budget, hunks=((4, 4),)), held(files)
    )


def test_without_a_diff_the_lines_of_the_hunks_are_the_change() -> None:
    change = change_of(
        Question("review", "a.py", "python", TEXT, hunks=((4, 4),)), facts_of("a.py", "python", TEXT.encode())
    )
    assert set(change.words) == {"min", "value", "LIMIT"}
    assert set(change.near) == {"clamp", "second"}
    assert change.names == ("clamp",)
    assert change.gone == {}


def test_a_definition_that_a_diff_removes_is_one_of_its_names() -> None:
    diff = "@@ -1,2 +1,1 @@ def outer\n-def old_name(value):\n-    return value\n+pass\n"
    change = change_of(Question("review", "a.py", "python", "pass\n", hunks=((0, 0),), diff=diff), None)
    assert change.names == ("old_name",)
    assert {"old_name", "value"} <= set(change.gone)
    assert "outer" in change.near


def test_a_workspace_of_nothing_else_gives_nothing() -> None:
    assert review({"a.py": TEXT}).snippets == ()


def test_what_does_not_fit_is_told() -> None:
    users = {
        f"use{n}.py": f"from a import clamp\n\n\ndef use{n}():\n    return clamp({n})\n" for n in range(30)
    }
    selection = review({"a.py": TEXT, **users}, 200)
    shown = {one.path for one in selection.snippets}
    assert 1 <= len(shown) < 30
    assert selection.left_out and not shown & {path for path, _ in selection.left_out}


def test_a_caller_is_shown_by_its_call_and_deeper_where_there_is_room() -> None:
    body = "".join(f"    step{n} = {n}\n" for n in range(30))
    files = {"a.py": TEXT, "b.py": f"from a import clamp\n\n\ndef use():\n{body}    return clamp(step1)\n"}
    selection = review(files)
    first = selection.snippets[0]
    assert first.why.startswith("calls clamp") and "return clamp(step1)" in first.text
    lines = {n for one in selection.snippets for n in range(one.first_line, one.last_line + 1)}
    assert lines >= set(range(4, 36))


def test_a_file_with_no_word_of_the_change_is_shown_by_its_first_definition() -> None:
    text = "# licence\n\nNUMBER = 1\n\n\ndef unrelated():\n    return NUMBER\n"
    piece = best_piece(looked_through(facts_of("b.py", "python", text.encode()), text.split("\n"), {}), 200)
    assert piece is not None and piece.first == 5


def test_lines_of_data_end_a_piece() -> None:
    text = f"def table():\n    mark = 1\n    return '{'x' * 900}'\n"
    piece = best_piece(
        looked_through(facts_of("b.py", "python", text.encode()), text.split("\n"), {"mark": 1.0}), 4000
    )
    assert piece is not None and (piece.first, piece.last) == (0, 1)


def test_names_that_hold_one_another_are_kin_by_degrees() -> None:
    kin = kinship("net/http_client.py", ["http_client_pool.py", "net/client.py", "http/client.py", "x.py"])
    assert kin == {"http_client_pool.py": 0.6, "net/client.py": 0.4, "http/client.py": 0.8}


def test_a_search_shows_the_head_of_a_file_without_functions() -> None:
    files = {"settings.py": "TIMEOUT_SECONDS = 3\nRETRIES = 2\n", "a.py": TEXT}
    question = Question(
        "locate", "", "plaintext", "", budget_tokens=500, query="Where is TIMEOUT_SECONDS set?"
    )
    shown = select(question, held(files)).snippets
    head = next(one for one in shown if one.path == "settings.py")
    assert head.first_line == 1 and "TIMEOUT_SECONDS" in head.text


def test_a_search_shows_files_beside_the_best_functions_of_one() -> None:
    many = "".join(f"def render_chart_{n}(chart):\n    return chart.render()\n\n\n" for n in range(15))
    files = {"charts.py": many, "legend.py": "def legend_of(chart):\n    return chart.legend\n"}
    question = Question("locate", "", "plaintext", "", query="render chart fails", budget_tokens=4000)
    order = [one.path for one in select(question, held(files)).snippets]
    assert order.index("legend.py") == 10
