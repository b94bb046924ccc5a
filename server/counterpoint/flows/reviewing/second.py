"""The stage after asking: a second look at what a group has brought, then the proofs of its fixes.

What is judged is put down at once, each finding by itself, so that no look is bought twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from counterpoint.answers import Finding
from counterpoint.errors import CounterpointError, NoUsableRole
from counterpoint.flows import verify
from counterpoint.flows.reviewing.drafting import contested
from counterpoint.flows.reviewing.places import Places
from counterpoint.flows.reviewing.run import Run
from counterpoint.flows.reviewing.values import Tools
from counterpoint.settings import Verify
from counterpoint.text import Situation

Keep = Callable[[Sequence[Finding]], None]
"""Puts down what is known of a group now."""


@dataclass(frozen=True, slots=True)
class Second:
    """Looks once more for a review."""

    run: Run
    how: Verify
    places: Places
    strategy: str

    async def look(self, situation: Situation, findings: Sequence[Finding], keep: Keep) -> None:
        """Judge what nobody has judged yet, prove what has a fix, and put down what comes of it."""
        run = self.run
        now: dict[str, Finding | None] = {one.id: one for one in findings}

        def judged(before: Finding, after: Finding | None) -> None:
            now[before.id] = after
            run.put((after,) if after else (), frozenset((before.id,)))
            keep([one for one in now.values() if one is not None])

        waiting = tuple(one for one in findings if needs_look(one))
        if waiting and self.how.by != "none":
            await self._verify(situation, waiting, judged)
        elif self.strategy == "draft-verify":
            for one in waiting:
                if self._is_draft(one):
                    judged(one, contested(one, self._deep()))
        await self._prove(situation, now, keep)
        if run.writer is not None:
            await run.writer.written()

    async def _verify(
        self, situation: Situation, waiting: tuple[Finding, ...], judged: verify.OnVerdict
    ) -> None:
        run = self.run
        # A draft that the deep role left out is judged by it, or by its vendor, whatever the setting says.
        drafts = tuple(one for one in waiting if self._is_draft(one))
        others = tuple(one for one in waiting if one not in drafts)
        for some, how in ((others, self.how), (drafts, replace(self.how, by="other"))):
            if some:
                groups = [verify.Group(situation, some)]
                self._take(
                    await verify.verify(
                        run.engine,
                        groups,
                        how,
                        job=run.job,
                        on_verdict=judged,
                        places=_Putting(self.places, run),
                        agree=run.agree,
                    )
                )

    def _is_draft(self, finding: Finding) -> bool:
        fast = {model.label for model in self.run.engine.catalogue.for_role("fast")}
        return self.strategy == "draft-verify" and finding.model in fast

    def _deep(self) -> str:
        rows = self.run.engine.catalogue.for_role("deep")
        return rows[0].label if rows else ""

    def _take(self, looked: verify.Looked) -> None:
        run = self.run
        run.calls += looked.calls
        run.dropped += looked.dropped
        run.refuted += looked.refuted
        run.notice = run.notice or looked.notice
        for path, error in looked.failures:
            if isinstance(error, NoUsableRole):  # as where nobody can find: no failure, and told once
                run.notice = run.notice or str(error)
            else:
                run.failed("verify", error, path)

    async def _prove(self, situation: Situation, now: dict[str, Finding | None], keep: Keep) -> None:
        run = self.run
        fixes = [one for one in now.values() if one is not None and needs_proof(one, run.tools)]
        if run.tools.prove is None or not fixes:
            return
        try:
            proved = await run.tools.prove(fixes, situation, run.dropped.append)
        except CounterpointError as error:
            run.failed("prove", error, situation.document.path)
            return
        changed = [one for one, before in zip(proved, fixes, strict=True) if one != before]
        now.update((one.id, one) for one in changed)
        run.put(changed, frozenset(one.id for one in changed))
        keep([one for one in now.values() if one is not None])


@dataclass(frozen=True, slots=True)
class _Putting:
    """A place that is given back once what was bought in it is put down."""

    places: Places
    run: Run

    async def __aenter__(self) -> None:
        await self.places.take()

    async def __aexit__(self, *error: object) -> None:
        try:
            if self.run.writer is not None:
                await self.run.writer.written()
        finally:
            self.places.give()


def needs_more(finding: Finding, tools: Tools) -> bool:
    """True for what a run that was cut off has not come to."""
    return needs_look(finding) or needs_proof(finding, tools)


def needs_proof(finding: Finding, tools: Tools) -> bool:
    """True for a fix without proofs, where fixes are proved."""
    return tools.prove is not None and finding.fix is not None and not finding.fix.proof


def needs_look(finding: Finding) -> bool:
    """True for what a model found and nobody has judged."""
    return finding.status == "unverified" and not finding.rule and not finding.verifier
