"""One call of a tool in a trial: a flow that knows no framework, and neither sync nor async."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar, cast

from sealegs.errors import PerturbationError
from sealegs.flow import Wait
from sealegs.jsons import Json, is_array, is_object
from sealegs.perturbation.drawing import digest
from sealegs.perturbation.edits import Failed, Pretended, Said, Slowed, ToolCall, ToolFault
from sealegs.perturbation.operators import About, CallOperator, ResultOperator, Site
from sealegs.perturbation.tools.arguments import place
from sealegs.perturbation.tools.tracing import trace_injection
from sealegs.perturbation.tools.values import Made, Opened, Reading
from sealegs.perturbation.trial import Active, Edit, Injection, Trial

__all__ = ["Form", "RunTool", "ToolEffect", "ToolFlow", "disturbed"]

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class RunTool:
    """Run the tool. Its answer is what the tool gave."""


ToolEffect: TypeAlias = RunTool | Wait
ToolFlow: TypeAlias = Generator[ToolEffect, Any, R]


class Form(Protocol):
    """In which form a framework has its results."""

    def read(self, result: Any, /) -> Reading:
        """Read what a tool gave."""
        ...

    def made(self, value: Json, /) -> Made:
        """Make a result where no tool ran."""
        ...


_ERRORS: Mapping[str, type[Exception]] = {
    "error": RuntimeError,
    "timeout": TimeoutError,
    "connection": ConnectionError,
    "permission": PermissionError,
    "not_found": LookupError,
    "value": ValueError,
}

_PLAIN = re.compile(r"[A-Za-z0-9 _.,:;!?()/+-]{3,200}")


def disturbed(
    trial: Trial, call: ToolCall, form: Form, *, agent: str = "", turn: int = 0
) -> ToolFlow[Any]:
    """Run one call of a tool, disturbed as the trial says.

    What is decided before the tool runs comes first: of several that would each end the call, the
    first in the profile's order does, and the others are told as undelivered. What the tool gave is
    then disturbed by one operator after the other.

    Args:
        trial: decides.
        call: with the framework's own name of the tool, and the arguments that it is given.
        form: of the framework's results.
        agent: as in `sealegs.perturbation.operators.Site`.
        turn: likewise.

    Returns:
        What the framework gets: the very object that the tool gave, where nothing is disturbed.

    Raises:
        Exception: the tool's own, or a built-in one in its place.
    """
    trial.tapped(call.tool)
    trial.called(call.arguments)
    before, after = trial.of(CallOperator), trial.of(ResultOperator)
    if not before and not after:
        return (yield RunTool())
    where = place(call.tool, call.arguments)
    one = _OneCall(trial, call, where, agent, trial.occurrence("tool", where, agent), turn)
    ending = yield from one.begun(before)
    if ending is not None:
        return (yield from one.ended(ending, form))
    result = yield RunTool()
    return one.answered(result, form, after)


@dataclass(frozen=True, slots=True)
class _OneCall:
    trial: Trial
    call: ToolCall
    place: str
    agent: str
    occurrence: int
    turn: int

    def site(self, active: Active) -> Site:
        surface = active.operator.sheet.surface
        return Site(surface, self.place, self.agent, self.occurrence, self.turn, self.call.tool)

    def begun(self, operators: Sequence[Active]) -> ToolFlow[Injection | None]:
        """Ask what happens in the tool's place; wait as long as is to be waited."""
        fired = [
            made
            for active in operators
            if (made := self.trial.consider(active, self.site(active), self._fault(active)))
        ]
        ends = [made for made in fired if not isinstance(made.edit, Slowed)]
        for made in ends[1:]:
            self.trial.undelivered(made, f"{ends[0].operator} had ended the call")
        for made in fired:
            if isinstance(made.edit, Slowed):
                yield from self._waited(made, made.edit.seconds)
        return ends[0] if ends else None

    def _fault(self, active: Active) -> Callable[[About], ToolFault | None]:
        operator = cast("CallOperator", active.operator)
        return lambda about: operator.call(self.call, about)

    def _waited(self, made: Injection, seconds: float) -> ToolFlow[None]:
        try:
            yield Wait(seconds)
        except BaseException:  # its caller's time limit, which is what slowness leads to
            self._delivered(made, "the caller stopped waiting")
            raise
        self._delivered(made, f"the tool began {seconds:g} s late")

    def ended(self, made: Injection, form: Form) -> ToolFlow[Any]:
        """End the call as an operator says."""
        edit = made.edit
        if isinstance(edit, Pretended):
            result = form.made(edit.value)
            text = _mark(edit.value) if result.text is None else result.text
            self._delivered(made, "returned in the tool's place", text)
            return result.result
        if not isinstance(edit, Failed):
            raise PerturbationError(f"{made.operator} said {type(edit).__name__} of a call")
        if edit.ran:
            try:
                yield RunTool()
            except BaseException as error:
                self.trial.undelivered(made, f"the tool itself raised {type(error).__name__}")
                raise
        raised = _ERRORS[edit.kind](edit.message)
        self._delivered(made, f"raised {type(raised).__name__}", edit.message)
        raise raised

    def answered(self, result: Any, form: Form, operators: Sequence[Active]) -> Any:
        """Disturb what the tool gave, if it is to be; else give the very object."""
        if not operators:
            return result
        read = form.read(result)
        if not isinstance(read, Opened):
            for active in operators:
                self.trial.skipped(active, self.site(active), read.reason)
            return result
        value, fired = read.value, list[Injection]()
        for active in operators:
            made = self._considered(active, read, value)
            if made is not None:
                value = _said(made).value
                fired.append(made)
        if not fired:
            return result
        new = read.make(value)
        remark = f"returned, {new.remark}" if new.remark else "returned"
        text = _mark(value, read.value) if new.text is None else new.text
        for made in fired:
            self._delivered(made, remark, text)
        return new.result

    def _considered(self, active: Active, read: Opened, value: Json) -> Injection | None:
        operator, text = cast("ResultOperator", active.operator), read.say(value)

        def realise(about: About) -> Said | None:
            found = operator.result(self.call, value, about)
            return None if found is None or read.say(found[0]) == text else Said(found[0])

        def after(edit: Edit) -> str:
            return digest(read.say(cast("Said", edit).value))

        return self.trial.consider(
            active, self.site(active), realise, before=digest(text), after=after, text=text
        )

    def _delivered(self, made: Injection, evidence: str, text: str = "") -> None:
        """Tell of a delivery, and of a text that a later request will then hold."""
        self.trial.delivered(made, evidence)
        mark = _longest(text)
        if mark:
            self.trial.awaits(made, mark)
        trace_injection(made)


def _said(made: Injection) -> Said:
    if not isinstance(made.edit, Said):
        raise PerturbationError(f"{made.operator} said {type(made.edit).__name__} of a result")
    return made.edit


def _mark(value: Json, old: Json = None) -> str:
    """Find a text that a framework will write of a value, however it spells JSON."""
    known = set(_texts(old))
    new = [text for text in _texts(value) if text not in known]
    return max(map(_longest, new), key=len, default="")


def _texts(value: Json) -> Iterator[str]:
    pending: list[Json] = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, str):
            yield one
        elif is_object(one):
            pending.extend([*one, *one.values()])
        elif is_array(one):
            pending.extend(one)


def _longest(text: str) -> str:
    """Give the longest run of characters that no way of spelling JSON escapes."""
    return max(_PLAIN.findall(text), key=len, default="").strip()
