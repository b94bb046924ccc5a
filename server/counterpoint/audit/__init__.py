"""Who relies on what a change changes, and whether it still fits: signatures, shared names, call sites. Pure.

`targets` are what a document defines, before the ask; `changed` what a change made of it; `audit` what became
of every place that relies on that.
"""

from counterpoint.audit.auditing import audit, words
from counterpoint.audit.saying import row, said
from counterpoint.audit.scope import changed, targets
from counterpoint.audit.values import Audit, CallSite, Site, State, Target, Use

__all__ = [
    "Audit",
    "CallSite",
    "Site",
    "State",
    "Target",
    "Use",
    "audit",
    "changed",
    "row",
    "said",
    "targets",
    "words",
]
