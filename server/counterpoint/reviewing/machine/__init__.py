"""Which text of a document models wrote: what every edit does to it, how it is found again, what it asks for.

`span`     who wrote what, and where it stands
`tokens`   text as tokens that formatting leaves alone
`matching` pieces that two sequences of tokens have in common, moved ones too
`carry`    what a change of a document does to its machine-written text
`marks`    the same at rest: hashes without code, found again in a file as it is now
`units`    machine-written spans as pieces to review
"""

from counterpoint.reviewing.machine.span import MachineSpan, Offered, Origin, Run

__all__ = ["MachineSpan", "Offered", "Origin", "Run"]
