"""How the audit of call sites does on its cases, by file: python -m tests.bench.audit_cases

False "intact" are places that may not fit and of which it says nothing or that they fit, and pairs of which
it says that all callers are intact though they are not. Recall is that of "callers intact" on safe pairs.
"""

from __future__ import annotations

from collections import Counter

from tests.auditcases import FOLDER, Case, read_cases, run, silent

_STATES = ("intact", "unknown", "broken")


def counted(case: Case) -> Counter[str]:
    """What one case adds to the figures."""
    found = run(case)
    right = 0
    for place, (_, state) in case.marks.items():
        told = [
            site.state.replace("updated", "intact") for site in found.all if (site.path, site.line) == place
        ]
        right += max(told, key=_STATES.index, default="intact") == state
    recalled = case.safe and found.certain and bool(found.intact)
    return Counter(
        pairs=1,
        places=len(case.marks),
        right=right,
        false=len(silent(case, found)),
        safe=int(case.safe),
        recalled=int(recalled),
    )


def main() -> None:
    """Print a line a file and one for all."""
    whole: Counter[str] = Counter()
    for path in sorted(FOLDER.glob("*.md")):
        if path.stem != "README":
            figures = sum((counted(case) for case in read_cases(path)), Counter[str]())
            whole += figures
            _say(path.stem, figures)
    _say("all", whole)


def _say(name: str, figures: Counter[str]) -> None:
    recall = figures["recalled"] / figures["safe"] if figures["safe"] else 1.0
    told = f"{figures['pairs']:4} pairs  {figures['places']:4} places  {figures['right']:4} told as they are"
    safe = f"recall {figures['recalled']}/{figures['safe']} = {recall:.2f}"
    print(f"{name:18} {told}  {figures['false']:2} false intact  {safe}")


if __name__ == "__main__":
    main()
