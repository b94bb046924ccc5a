from __future__ import annotations

import pytest

from counterpoint.lsp.uris import key_of, name_of, path_of, relative_to, scheme_of, uri_of


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///home/me/a.py", "/home/me/a.py"),
        ("file:///home/me/a%20b%23c%25.py", "/home/me/a b#c%.py"),
        ("file:///home/me/%E6%BC%A2%F0%9F%98%80.py", "/home/me/漢😀.py"),
        ("file:///home/me/漢.py", "/home/me/漢.py"),
        ("file://localhost/home/a", "/home/a"),
        ("file:///C%3A/Users/a.py", "c:/Users/a.py"),
        ("file:///c:/Users/a.py", "c:/Users/a.py"),
        ("file:///C:", "c:/"),
        ("FILE:///a", "/a"),
        ("file://server/share/a.py", "//server/share/a.py"),
        ("untitled:Untitled-1", None),
        ("vscode-remote://ssh-remote+host/home/a.py", None),
        ("/plain/path", None),
    ],
)
def test_paths_of_uris(uri: str, path: str | None) -> None:
    assert path_of(uri) == path


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("/home/me/a b#c%?.py", "file:///home/me/a%20b%23c%25%3F.py"),
        ("/home/漢.py", "file:///home/%E6%BC%A2.py"),
        ("C:\\Users\\a.py", "file:///c%3A/Users/a.py"),
        ("c:/Users/a.py", "file:///c%3A/Users/a.py"),
        ("\\\\server\\share\\a.py", "file://server/share/a.py"),
    ],
)
def test_uris_of_paths(path: str, uri: str) -> None:
    assert uri_of(path) == uri
    again = path_of(uri)
    assert again is not None and uri_of(again) == uri


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("untitled:Untitled-1", "Untitled-1"),
        ("vscode-remote://ssh-remote%2Bhost/home/me/.env", "/home/me/.env"),
        ("vscode-notebook-cell:/home/a.ipynb#W1", "/home/a.ipynb"),
        ("git:/home/a.py?%7B%22ref%22%7D", "/home/a.py"),
        ("file:///home/a.py", "/home/a.py"),
        ("no scheme", "no scheme"),
    ],
)
def test_names_keep_the_file_name_whatever_the_scheme(uri: str, name: str) -> None:
    assert name_of(uri) == name


def test_keys_forget_the_spelling() -> None:
    assert key_of("file:///C%3A/a%20b") == key_of("file:///c:/a b")
    assert key_of("file:///a") != key_of("untitled:/a")
    assert key_of("untitled:a%20b") == key_of("untitled:a b")
    assert scheme_of("c:/a") == "" and scheme_of("VSCode-Remote://x") == "vscode-remote"


def test_relative_paths_stay_inside() -> None:
    assert relative_to("/w/a/b.py", "/w/") == "a/b.py"
    assert relative_to("/w", "/w") == "."
    assert relative_to("/world/a", "/w") is None
