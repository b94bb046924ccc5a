"""The worker as a process: it ends with its parent, and a workspace cannot put its own modules into it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

SERVER = str(Path(__file__).parents[2] / "server")


def ends(pid: int, seconds: float = 20.0) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_the_worker_ends_with_its_parent_and_touches_no_other_pipe() -> None:
    script = """
        import asyncio, os, sys
        from counterpoint.static.checker import StaticChecker
        from counterpoint.text import Document, NoFiles

        async def main():
            checker = StaticChecker()
            await checker.check([Document.of("a.py", "x = 1", "python")], NoFiles())
            print(checker.pid, flush=True)
            assert "ast_grep_py" not in sys.modules and "yaml" not in sys.modules
            os._exit(9)

        asyncio.run(main())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdin=subprocess.PIPE, capture_output=True, timeout=60,
        env={**os.environ, "PYTHONPATH": SERVER}, check=False,
    )  # fmt: skip
    assert done.returncode == 9, done.stderr
    assert ends(int(done.stdout))


def test_a_module_of_the_workspace_cannot_stand_in_for_ours(tmp_path: Path) -> None:
    (tmp_path / "orjson.py").write_text("raise SystemExit('taken over')\n")
    (tmp_path / "counterpoint").mkdir()
    (tmp_path / "counterpoint" / "__init__.py").write_text("raise SystemExit('taken over')\n")
    script = """
        import asyncio, sys
        sys.path = [entry for entry in sys.path if entry]
        from counterpoint.static.checker import StaticChecker
        from counterpoint.text import Document, NoFiles

        async def main():
            checker = StaticChecker()
            document = Document.of("a.py", "import yaml\\nyaml.load(x)\\n", "python")
            print(len((await checker.check([document], NoFiles())).findings))
            await checker.close()

        asyncio.run(main())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], cwd=tmp_path, stdin=subprocess.DEVNULL,
        capture_output=True, timeout=60, env={**os.environ, "PYTHONPATH": SERVER}, check=False,
    )  # fmt: skip
    assert (done.stdout.strip(), done.returncode) == (b"1", 0), done.stderr
