"""What a session holds about reviews and tasks: git's word, the repository's own ones, what is not to be
told, what is due or offered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from counterpoint.lsp.automatic import Automatic
from counterpoint.lsp.quiet import Quiet
from counterpoint.lsp.trees import Trees
from counterpoint.pairing.own import OwnTasks
from counterpoint.passes import Known

if TYPE_CHECKING:
    from counterpoint.flows.investigate import Investigation

_KEPT = 20


class Reviews:
    """Touched by the event loop only. Mappings are by folder of the session."""

    def __init__(self) -> None:
        self.trees = Trees()
        self.automatic = Automatic()
        self.passes: dict[str, Known] = {}
        """The passes as last read."""
        self.tasks: dict[str, OwnTasks] = {}
        """The repository's own tasks as last read."""
        self.quiet: dict[str, Quiet] = {}
        """What is not to be told, as last read."""
        self.offered_jobs: frozenset[str] = frozenset()
        """Jobs whose text was offered for review."""
        self.causes: dict[str, Investigation] = {}
        """The newest investigations, by their jobs."""
        self.offers_off = False

    def keep_causes(self, job: str, found: Investigation) -> None:
        """Keep an investigation; the oldest goes."""
        self.causes[job] = found
        while len(self.causes) > _KEPT:
            del self.causes[next(iter(self.causes))]
