"""The console script. `serve` is dispatched before anything heavy is imported: editors wait for it."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `counterpoint ARGUMENTS...` and leave with its exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["serve"]:
        from counterpoint.lsp.serve import main as serve

        sys.exit(serve(arguments[1:]))
    try:
        from counterpoint.cli import main as run

        code = run(arguments)
    except KeyboardInterrupt:  # while the program is still being read from disk
        sys.stderr.write("Interrupted.\n")
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
