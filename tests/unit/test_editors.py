"""What `setup` prints for each editor is whole, well-formed, and starts the server."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from counterpoint.editors import editors, setup
from counterpoint.errors import UsageError


@pytest.mark.parametrize("editor", editors())
def test_each_configuration_starts_the_server(editor: str) -> None:
    found = setup(editor)
    assert found.editor == editor and found.place
    words = re.search(r"counterpoint['\"],? ?['\"]serve|counterpoint\"\nargs = \[\"serve", found.text)
    assert words, f"{editor} never runs `counterpoint serve`"
    assert found.text.endswith("\n")


def test_those_in_a_data_format_can_be_read() -> None:
    helix = tomllib.loads(setup("helix").text)
    assert all("counterpoint" in language["language-servers"] for language in helix["language"])
    assert json.loads(setup("kate").text)["servers"]["counterpoint"]["command"] == ["counterpoint", "serve"]
    sublime = "\n".join(line for line in setup("sublime").text.splitlines() if not line.startswith("//"))
    assert json.loads(sublime)["clients"]["counterpoint"]["enabled"] is True


def test_an_unknown_editor_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="Known are: neovim, helix") as refused:
        setup("ed")
    assert refused.value.exit_code == 2
