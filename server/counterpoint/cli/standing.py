"""The findings there are in a workspace now: what its static rules say, and what earlier reviews left."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from counterpoint.anchors import Anchored
from counterpoint.answers import Finding
from counterpoint.cli.silence import store_of
from counterpoint.project import Decoded, Project
from counterpoint.reviewing.anchoring import Gone, place
from counterpoint.text import Document, language_of
from counterpoint.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Standing:
    """`findings` by id. `lost` are ids of models' findings whose code is no longer there. `unsure` are
    reasons for which the static rules did not see everything: then none of theirs counts as gone."""

    findings: Mapping[str, Finding]
    lost: frozenset[str] = frozenset()
    unsure: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """Why a finding of a static rule may be kept although it is gone."""
        return tuple(f"The static rules did not see everything: {one}" for one in self.unsure[:3])

    def gone(self, name: str, kind: str) -> bool:
        """True if a finding of such a kind is known to be no more."""
        if name in self.findings:
            return False
        static = bool(kind) and "/" not in kind
        return not self.unsure if static else name in self.lost


async def standing_in(workspace: Workspace) -> Standing:
    """Run the static rules over the workspace and look up what is kept. No model is asked."""
    documents = await asyncio.to_thread(_documents, workspace.project)
    checked = await workspace.check_static(documents)
    kept = await asyncio.to_thread(store_of(workspace).load, workspace.root.as_posix())
    known = {one.path: one for one in documents}
    there, lost = await asyncio.to_thread(_placed, kept, known)
    findings = {one.id: one for one in (*there, *checked.findings)}
    disabled = workspace.settings.review.disabled_rules
    unsure = (*checked.errors, *(f"{rule} is switched off" for rule in disabled))
    return Standing(findings, frozenset(lost) - findings.keys(), tuple(unsure))


def _documents(project: Project) -> list[Document]:
    found = ((path, project.load(path)) for path in project.walk().paths)
    return [Document.of(path, one.text, language_of(path)) for path, one in found if isinstance(one, Decoded)]


def _placed(
    kept: Mapping[str, Iterable[Anchored]], known: Mapping[str, Document]
) -> tuple[list[Finding], list[str]]:
    """Findings of models whose code is there, and the ids of those whose code is not."""
    there, lost = [], []
    for path, items in kept.items():
        document = known.get(path)
        for item in items:
            if document is None or isinstance(place(item.anchor, document), Gone):
                lost.append(item.finding.id)
            else:
                there.append(item.finding)
    return there, lost
