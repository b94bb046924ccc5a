"""Refactor: everybody who relies on the code is shown to the model first, and looked at afterwards.

What the change breaks is mended in at most two more asks; what is left is listed, and the change is in doubt.
Then the user's tests run on a copy, if there is a command for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from counterpoint.answers import ChangeSet, Dropped
from counterpoint.calls import Call
from counterpoint.engine import Engine, Reply, new_job
from counterpoint.errors import BudgetExceeded, UsageError
from counterpoint.flows import price
from counterpoint.flows.checked import sound
from counterpoint.flows.edit import scope_of as edit_scope
from counterpoint.flows.escalating import once_more
from counterpoint.flows.expecting import Expected, expected, first_of
from counterpoint.flows.refactoring import auditing, mending, testing
from counterpoint.flows.refactoring.asking import astray, scope_of, situation_of, unsent
from counterpoint.flows.refactoring.auditing import Audited
from counterpoint.flows.refactoring.mending import Asked
from counterpoint.flows.refactoring.sites import Known, Part, known, named
from counterpoint.flows.refactoring.values import REPAIRS, Options, Receipt, Refactored, Tools
from counterpoint.plan import Plan
from counterpoint.tasks import REFACTOR, Task
from counterpoint.testruns.values import REPAIRABLE, Failure
from counterpoint.text import Situation


async def refactor(
    engine: Engine, parts: Sequence[Part], instruction: str, tools: Tools, options: Options | None = None
) -> Refactored:
    """A checked and audited change set for an instruction about parts of the workspace, the first of which is
    shown whole. Raises UsageError without an instruction, else as `Engine.ask`; a repair that fails loses
    nothing of what was bought before."""
    options = options or Options()
    if not instruction.strip():
        fix = "Say in a sentence what should change."
        raise UsageError("A refactoring needs an instruction.", fix=fix)
    options.step("Looking for call sites")
    before = await named(await known(parts, tools.lookup), tools.lookup, tools.files)
    model = (await engine.route(options.task)).first.model
    situation, shown = await asyncio.to_thread(situation_of, parts, before, tools.files, instruction, model)
    await _affordable(engine, situation, options)
    options.step(f"{len(before.calls)} call sites; asking {model.label}")
    reply, situation, told = await _asked(engine, situation, options)
    asked = Asked(engine, situation, tools, options)
    scope = scope_of(parts, before, instruction, reply.answer.files)
    limit = price.Limit(options.max_usd)
    reply = await sound(engine, situation, reply, scope, tools.checks, agree=options.agree, limit=limit)
    audited = first = await auditing.audited(reply.answer, before, tools)
    reply, audited = await _callers_mended(asked, parts, reply, audited)
    reply, audited, receipt = await _tests_mended(asked, parts, reply, audited)
    places = [(one.path, one.line) for one in (*audited.known.calls, *before.named)]
    places += [(one.path, one.line) for one in (*first.audit.all, *audited.audit.all)]
    places += [(one.path, one.line) for one in receipt.repaired]
    answer = astray(reply.answer, parts, instruction, places)
    answer = mending.doubted(answer, audited)
    answer = mending.failing(answer, receipt)
    made = replace(reply, answer=answer)
    return Refactored(made, situation, audited.audit, audited.known, receipt, (*shown.told, *told))


async def edited(
    engine: Engine, parts: Sequence[Part], instruction: str, tools: Tools, options: Options
) -> Refactored:
    """A quick edit, looked at afterwards as a refactoring is; asked again only where none of it can be used.
    Raises as that."""
    nothing, options = Known(), replace(options, job=options.job or new_job())
    situation, _ = await asyncio.to_thread(
        situation_of, parts, nothing, tools.files, instruction, (await engine.route(options.task)).first.model
    )
    await _affordable(engine, situation, options)
    told: tuple[str, ...] = ()

    async def attempt(
        row: Task[ChangeSet], asked: Situation, calls: list[Call], limit: price.Limit
    ) -> Reply[ChangeSet]:
        nonlocal situation, told
        reply, situation, told = await _asked(engine, asked, replace(options, task=row), calls)
        scope = edit_scope(situation, row)
        return await sound(engine, situation, reply, scope, tools.checks, agree=options.agree, limit=limit)

    limit = price.Limit(options.max_usd)
    reply = await once_more(engine, options.task, situation, attempt, limit)
    audited = await auditing.audited(reply.answer, nothing, tools)
    receipt = Receipt()
    if tools.tests is not None and tools.tests.command and reply.answer.files:
        receipt = await tools.tests(reply.answer.files, options.step)
    answer = mending.failing(mending.doubted(reply.answer, audited), receipt)
    made = replace(reply, answer=answer)
    return Refactored(made, situation, audited.audit, audited.known, receipt, told)


async def expects(
    engine: Engine, parts: Sequence[Part], instruction: str, tools: Tools, task: Task[ChangeSet]
) -> Expected:
    """What `refactor`, or `edited` for any other task, would come to. Sends nothing; raises as
    `Engine.plan`."""
    before = Known()
    if task.name == REFACTOR.name:
        before = await named(await known(parts, tools.lookup), tools.lookup, tools.files)
    model = (await first_of(engine, task)).model
    situation, _ = await asyncio.to_thread(situation_of, parts, before, tools.files, instruction, model)
    tested = tools.tests is not None and bool(tools.tests.command)
    return await expected(engine, task, situation, tested=tested)


async def _affordable(engine: Engine, situation: Situation, options: Options) -> None:
    """Raise BudgetExceeded where the first ask could cost more than all may."""
    if options.max_usd is None:
        return
    upper = (await engine.estimate(options.task, situation)).upper_usd
    if upper > options.max_usd:
        most = f"--max-cost {options.max_usd:g}"
        raise BudgetExceeded(
            f"The {options.task.name} could cost up to ${upper:.4f}, more than {most}.",
            fix="Raise it, or name fewer lines.",
        )


async def _asked(
    engine: Engine, situation: Situation, options: Options, calls: list[Call] | None = None
) -> tuple[Reply[ChangeSet], Situation, tuple[str, ...]]:
    """The reply, the question it answers, and what did not go out with it. A model may ask back once, and is
    answered where that fits what all asks may cost. `calls` takes every call, also where this raises."""
    plans: list[Plan] = []

    async def ask(one: Situation, job: str | None) -> Reply[ChangeSet]:
        return await price.ask(
            engine, options.task, one, agree=options.agree, job=job, on_plan=plans.append, calls=calls
        )

    reply = await ask(replace(situation, price_agreed=options.price_agreed), options.job)
    if options.answered is not None and reply.answer.question and not reply.answer.files:
        told = await options.answered(situation, reply)
        if told is not None and (why := await _beyond(engine, told, options, reply)):
            dropped = (*reply.answer.dropped, Dropped("not-asked-again", why))
            reply = replace(reply, answer=replace(reply.answer, dropped=dropped))
        elif told is not None:
            again = await ask(told, reply.job)
            reply, situation = replace(again, calls=(*reply.calls, *again.calls)), told
    return reply, situation, unsent(plans[-1], situation)


async def _beyond(engine: Engine, again: Situation, options: Options, reply: Reply[ChangeSet]) -> str:
    """Why a question is not asked again for what is left, else ""."""
    try:
        await price.Limit(options.max_usd).after(reply.calls).check(engine, options.task, again, "To go on")
    except BudgetExceeded as error:
        return str(error)
    return ""


async def _callers_mended(
    asked: Asked, parts: Sequence[Part], reply: Reply[ChangeSet], audited: Audited
) -> tuple[Reply[ChangeSet], Audited]:
    """The change set after asks for what it broke, at most two, with its audit."""
    for _ in range(REPAIRS):
        broken = audited.audit.broken
        if not broken or not reply.answer.files:
            break
        asked.options.step(f"{len(broken)} places break; asking for a repair")
        places = [(site.path, site.line) for site in broken]
        made = await _mended(asked, parts, reply, audited, partial(mending.worded, broken), places)
        if made[0].answer.files == reply.answer.files:
            return made[0], audited
        reply, audited = made
    return reply, audited


async def _tests_mended(
    asked: Asked, parts: Sequence[Part], reply: Reply[ChangeSet], audited: Audited
) -> tuple[Reply[ChangeSet], Audited, Receipt]:
    """The same after the user's tests have run. Only what a change of code can put right is asked about, and
    what puts it right must break nobody else."""
    tests, step = asked.tools.tests, asked.options.step
    if tests is None or not tests.command or not reply.answer.files:
        return reply, audited, Receipt()
    receipt = await tests(reply.answer.files, step)
    repaired: list[Failure] = []
    for _ in range(REPAIRS):
        broken = [one for one in receipt.failures if one.category in REPAIRABLE]
        if not broken:
            break
        step(f"{len(broken)} tests fail; asking for a repair")
        places = [(one.path, one.line - 1) for one in broken if one.path and one.line]
        say = partial(testing.worded, broken, asked.tools.local)
        now, then = await _mended(asked, parts, reply, audited, say, places)
        if now.answer.files == reply.answer.files or len(then.audit.broken) > len(audited.audit.broken):
            reply = replace(reply, calls=now.calls, answer=replace(reply.answer, dropped=now.answer.dropped))
            break
        after = await tests(now.answer.files, step)
        if after.passed < receipt.passed:
            reply = replace(reply, calls=now.calls)
            break
        failing = {one.test for one in after.failures}
        repaired += [one for one in broken if one.test not in failing]
        reply, audited, receipt = now, then, after
    return reply, audited, replace(receipt, repaired=tuple(repaired))


async def _mended(
    asked: Asked,
    parts: Sequence[Part],
    reply: Reply[ChangeSet],
    audited: Audited,
    say: Callable[[mending.May], str],
    places: Sequence[tuple[str, int]],
) -> tuple[Reply[ChangeSet], Audited]:
    """The reply with what a model mends of what is broken, audited anew. `say` tells what that is."""
    broken = await mending.words(asked, reply.answer, places, say)
    if not broken:
        return mending.untold(reply), audited
    more = [path for path, _ in places]
    files, instruction = reply.answer.files, asked.situation.instruction
    scope = scope_of(parts, audited.known, instruction, files, more)
    made = await mending.mended(asked, reply, broken, places, scope)
    if made.answer.files == files:
        return made, audited
    return made, await auditing.audited(made.answer, audited.known, asked.tools)
