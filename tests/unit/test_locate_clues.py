"""What is read out of a text, and that no text takes long to read."""

from __future__ import annotations

import time

import pytest

from counterpoint.context.clues import clues_in
from counterpoint.context.kin import is_aside, is_test, kinship, subject
from counterpoint.context.ranking import file_scores, path_words, stem, subwords
from counterpoint.context.symbols import Mention


def test_names_written_as_code_are_told_from_prose() -> None:
    clues = clues_in("The `parser` drops header_names when readAll() meets Content; see also pool.")
    assert set(clues.code) == {"parser", "header_names", "readAll"}
    assert {"drops", "meets", "pool"} <= set(clues.prose)


def test_the_title_is_the_first_line_with_words() -> None:
    assert clues_in("\n\nCrash on empty input\n\nIt happens.").title == {"crash", "empty", "input"}


def test_paths_modules_and_options_are_found() -> None:
    clues = clues_in(r"Run `tool --dry-run src\app\main.py`, then `import shop.prices.net`")
    assert "src/app/main.py" in clues.paths
    assert "shop.prices.net" in clues.dotted
    assert "dry-run" in clues.options


def test_the_form_of_an_issue_says_nothing() -> None:
    form = (
        "Broken chart\n\n**Describe the bug**\nThe legend is gone.\n\n"
        "### Environment info\n- OS: Linux\n- charts 2.1\n\n- [x] I searched\n\n## Legend\nIt was there."
    )
    words = clues_in(form).prose
    assert {"legend", "gone", "chart"} <= set(words)
    assert not {"describe", "linux", "charts", "searched", "environment"} & set(words)


def test_a_trace_inside_a_line_of_a_log_is_read() -> None:
    log = r'{"level":"error","stack":"Error: no\n    at send (/app/src/mail.ts:4:9)\n    at x"}'
    frames = clues_in(log).frames
    assert [(frame.path, frame.line, frame.function) for frame in frames] == [("/app/src/mail.ts", 3, "send")]


def test_only_a_text_that_is_mostly_frames_is_a_trace() -> None:
    trace = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    x()\nKeyError: 1\n'
    assert clues_in(trace).traced
    assert not clues_in("words here\n" * 60 + trace).traced
    assert not clues_in("").traced


@pytest.mark.alone
@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a/",
        "a.",
        "x(",
        "    at ",
        "`",
        " ",
        "\n \n",
        "-",
        "**a",
        "a_",
        "at (",
        "a.py:",
        "<!--",
        "# ",
        "os ",
    ],
)
def test_no_text_takes_much_longer_to_read_than_prose(piece: str) -> None:
    def seconds(text: str) -> float:
        started = time.process_time()
        clues_in(text)
        return time.process_time() - started

    prose = ("The parser drops what `read_all()` gave it in src/app.py.\n" * 700)[:36_000]
    # A pattern that goes back over lines or the whole text would take hundreds of times as long.
    assert seconds((piece * 36_000)[:36_000]) < 20 * max(seconds(prose), 0.01)


@pytest.mark.parametrize(
    ("path", "about"),
    [
        ("src/net/client.py", "client"),
        ("tests/net/test_client.py", "client"),
        ("net/client_test.go", "client"),
        ("src/client.test.ts", "client"),
        ("src/test/java/ClientTest.java", "client"),
        ("pkg/router/index.ts", "router"),
        ("pkg/__init__.py", "pkg"),
    ],
)
def test_a_file_and_its_tests_have_one_subject(path: str, about: str) -> None:
    assert subject(path) == about


def test_tests_and_what_no_code_runs_on_are_known_by_their_place() -> None:
    assert is_test("tests/a.py") and is_test("a_test.go") and is_test("src/A.spec.ts")
    assert not is_test("src/latest.py") and not is_test("src/contest/a.py")
    assert is_aside("docs/conf.py") and is_aside("examples/a.go") and not is_aside("src/docker.py")


def test_kin_are_files_of_the_same_name_then_of_a_like_one() -> None:
    kin = kinship(
        "utils/request.py",
        ["tests/test_request.py", "tests/test_utils_request.py", "request_body.py", "a.py"],
    )
    assert kin["tests/test_request.py"] > kin["tests/test_utils_request.py"] > kin["request_body.py"]
    assert "a.py" not in kin


def test_names_are_cut_into_words_and_words_to_their_stems() -> None:
    assert subwords("parseHTTPHeader_v2") == ["parse", "http", "header", "v", "2"]
    assert {stem(word) for word in ("redirects", "redirected", "redirecting", "redirect")} == {"redirect"}
    assert stem("class") == "class" and stem("queries") == "query"
    assert path_words("src/HttpClient.py") == {"src", "httpclient", "http", "client"}


def test_rare_words_and_short_files_score_higher() -> None:
    mentions = {
        "rare": [Mention("a.py", 1, False, False)],
        "common": [Mention(path, 1, False, False) for path in ("a.py", "b.py", "c.py")],
    }
    lengths = {"a.py": 100, "b.py": 10, "c.py": 1000}
    scores = file_scores({"rare": 1.0, "common": 1.0}, mentions, lengths, 10)
    assert scores["a.py"] > scores["b.py"] > scores["c.py"]
