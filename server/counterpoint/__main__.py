"""The console script. `serve` is dispatched before anything heavy is imported: editors wait for it."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `counterpoint ARGUMENTS...` and leave with its exit code."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["serve"]:
        from counterpoint.lsp.serve import main as serve

        sys.exit(serve(arguments[1:]))
    from counterpoint.cli import main as run

    sys.exit(run(arguments))


if __name__ == "__main__":
    main()
