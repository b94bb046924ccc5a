"""An audit in words, and as it is printed."""

from __future__ import annotations

from typing import Any

from counterpoint.audit.values import Audit, Site

_NAMED = 3


def said(audit: Audit) -> str:
    """One line. "22 callers intact" is said only where nobody else can rely on what changed."""
    parts = [_broken(audit), _fitting(audit)]
    unsure = len(audit.possible)
    if unsure:
        parts.append(f"{unsure} possible")
    return ", ".join(part for part in (*parts, *audit.notes) if part) or "no callers"


def _broken(audit: Audit) -> str:
    if not audit.broken:
        return ""
    named = ", ".join(f"{site.path}:{site.line + 1}" for site in audit.broken[:_NAMED])
    more = f" and {len(audit.broken) - _NAMED} more" if len(audit.broken) > _NAMED else ""
    return f"{len(audit.broken)} broken ({named}{more})"


def _fitting(audit: Audit) -> str:
    """How many fit: callers, and uses of what is not called."""
    callers = [site for site in audit.intact if site.use in ("call", "reference")]
    others = [site for site in audit.intact if site not in callers]
    counted = [_count(callers, "caller")] if callers else []
    if others:
        counted.append(_count(others, "use"))
    if not counted:
        return ""
    certain = "" if audit.certain else "certain "
    return f"{' and '.join(one.replace(' ', f' {certain}', 1) for one in counted)} intact"


def _count(sites: list[Site], what: str) -> str:
    return f"{len(sites)} {what}{'s' * (len(sites) != 1)}"


def row(audit: Audit) -> dict[str, Any]:
    """The audit as it is printed: lines are counted from 1."""
    return {
        "said": said(audit),
        "intact": sum(site.fits for site in audit.callers),
        "broken": len(audit.broken),
        "possible": len(audit.possible),
        "sites": [site.row() for site in audit.sites],
        "shared": [site.row() for site in audit.shared],
    }
