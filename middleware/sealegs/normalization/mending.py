"""Mends one reply: calls out of text, names, arguments, ids. Knows no wire format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from sealegs.calls.arguments import Outcome, Policy, arrange
from sealegs.calls.ids import Ids
from sealegs.calls.saying import Mended, SaidCall
from sealegs.calls.scanning import Scanned, Scanner
from sealegs.calls.validating import Validator
from sealegs.exchange import CallOutcome, MendedCall
from sealegs.jsons import dump
from sealegs.normalization.asking import Complaint
from sealegs.schema.codec import IDENTITY

if TYPE_CHECKING:
    from sealegs.calls.parsing import ParsedCall, ToolCallParser
    from sealegs.calls.repairs import RepairClass
    from sealegs.normalization.answers import Answer
    from sealegs.schema.planning import ToolPlan, ToolsPlan

__all__ = ["Ways", "Workshop"]

_ANYTHING = Validator({})
_IN_NAME = "markup in the name"


class Ways(msgspec.Struct, frozen=True):
    """How calls are mended.

    Attributes:
        policy: which repairs a call may run with.
        parser: reads calls from text; ``None``: none is read.
        answer: brings the answer's text back; ``None``: it is what was asked for. Of a stream the
            text is then held until it is whole.
        identified: calls must have ids, so one that is missing is made.
        streams_arguments: arguments may leave before they are whole, where nothing is translated.
        edits: whether anything may be changed; if not, it is only told what would be.
    """

    policy: Policy = msgspec.field(default_factory=Policy)
    parser: ToolCallParser | None = None
    answer: Answer | None = None
    identified: bool = True
    streams_arguments: bool = False
    edits: bool = True


class Workshop:
    """A `sealegs.calls.saying.Mender` for one reply.

    Attributes:
        made: what became of each call, in order.
        complaints: one for each call, in order.
        failures: of our own; a call goes on with its arguments as they came.
    """

    __slots__ = (
        "_ids",
        "_parses",
        "_plan",
        "_scanners",
        "_streams",
        "_texts",
        "_ways",
        "complaints",
        "failures",
        "made",
    )

    def __init__(self, plan: ToolsPlan, ways: Ways, ids: Ids, *, streams: bool = False) -> None:
        self._plan, self._ways, self._ids, self._streams = plan, ways, ids, streams
        self._parses = ways.parser is not None and bool(plan.tools)
        self._scanners: dict[int, Scanner] = {}
        self._texts: dict[int, list[str]] = {}
        self.made: list[MendedCall] = []
        self.complaints: list[Complaint] = []
        self.failures: list[Exception] = []

    @property
    def reads_text(self) -> bool:
        """Whether calls may stand in the text, or the text must be brought back."""
        return self._parses or self._ways.answer is not None

    def text(self, choice: int, piece: str, /) -> Mended:
        """Take the next piece of a choice's text."""
        if not self._parses:
            return self._answered(choice, Mended(piece))
        scanner = self._scanners.get(choice) or self._scanner(choice)
        return self._answered(choice, self._mended(choice, scanner.feed(piece)))

    def text_end(self, choice: int, /) -> Mended:
        """Take the end of a choice's text."""
        scanner = self._scanners.pop(choice, None)
        last = Mended("") if scanner is None else self._mended(choice, scanner.close())
        last = self._answered(choice, last)
        held = "".join(self._texts.pop(choice, ()))
        if not held or self._ways.answer is None:
            return last
        return Mended(self._ways.answer.back(held), last.calls)

    def _answered(self, choice: int, mended: Mended) -> Mended:
        """Hold the text of an answer that must be brought back."""
        if self._ways.answer is None:
            return mended
        self._texts.setdefault(choice, []).append(mended.text)
        return Mended("", mended.calls)

    def holds(self, choice: int, name: str, /) -> bool:
        """Say whether a call must be whole before it leaves: it may have to be mended."""
        tool = self._plan.by_sent.get(name)
        if not self._ways.edits:
            return False
        if tool is None:
            return self._salvaged(name, "") is not None
        return not (self._ways.streams_arguments and tool.lowered.codec.identity)

    def call(self, choice: int, call: SaidCall, /, *, whole: bool = True) -> SaidCall:
        """Mend one call that the provider gave as one."""
        if self._streams and not call.arguments and not self.holds(choice, call.name):
            return self._begun(call)
        cut = self._salvaged(call.name, call.arguments)
        if cut is None:
            return self._call(choice, call.name, call.arguments, call.id, whole=whole)
        arguments = cut.arguments
        return self._call(choice, cut.name, arguments, call.id, whole=whole, also=(_IN_NAME,))

    def _begun(self, call: SaidCall) -> SaidCall:
        """Name a call of a stream whose arguments will leave as they come: nothing judges them."""
        tool = self._plan.by_sent.get(call.name)
        own = self._plan.names.own.get(call.name, call.name)
        call_id = self._identified(call.id, own, "")
        self.made.append(MendedCall(own, "clean" if tool else "unknown"))
        return SaidCall(own, "", call_id)

    def _identified(self, native: str, own: str, arguments: str) -> str:
        """Give a call its id; in formats that know none, none is made."""
        if not (native or self._ways.identified):
            return native
        return self._ids.given(native, len(self.made), own, arguments)

    def _salvaged(self, name: str, arguments: str) -> ParsedCall | None:
        """Read a call whose name the server has cut wrongly; only if that gives a tool's name."""
        parser = self._ways.parser
        if parser is None or name in self._plan.by_sent:
            return None
        found = parser.salvaged(name, arguments)
        return found if found is not None and found.name in self._plan.by_sent else None

    def _scanner(self, choice: int) -> Scanner:
        parser = self._ways.parser
        assert parser is not None, "text is only given where it is read"
        made = self._scanners[choice] = Scanner(parser, self._plan.seen)
        return made

    def _mended(self, choice: int, scanned: Scanned) -> Mended:
        if not scanned.calls:
            return Mended(scanned.text)
        calls = [self._parsed(choice, call) for call in scanned.calls]
        return Mended(scanned.text, calls)

    def _parsed(self, choice: int, call: ParsedCall) -> SaidCall:
        return self._call(
            choice, call.name, call.arguments, call.id, whole=call.whole, from_text=True
        )

    def _call(
        self,
        choice: int,
        name: str,
        arguments: str | Mapping[str, str],
        native: str,
        *,
        whole: bool,
        from_text: bool = False,
        also: tuple[str, ...] = (),
    ) -> SaidCall:
        tool = self._plan.by_sent.get(name)
        own = self._plan.names.own.get(name, name)
        try:
            outcome = _arranged(tool, arguments, self._ways.policy, whole=whole)
        except Exception as error:  # the agent must know its tool by its own name all the same
            self.failures.append(error)
            text = arguments if isinstance(arguments, str) else dump(arguments).decode()
            outcome = Outcome(None, text, (), (), "none", False, "")
        call_id = self._identified(native, own, outcome.text)
        said = "" if outcome.ok else outcome.complaint
        self.complaints.append(Complaint(choice, from_text, said, call_id))
        self.made.append(_told(own, tool, outcome, also, from_text=from_text))
        why = _UNSURE.get(outcome.worst) if tool and not outcome.ok else None
        if why is None:
            return SaidCall(own, outcome.text, call_id)
        return SaidCall(f"{own} (not run: {why})", "{}", call_id)


_UNSURE: Mapping[RepairClass, str] = {
    "guess": "its arguments can be read in several ways",
    "truncated": "its arguments were cut off",
}
"""Why a call must not run whatever a client makes of its arguments: some complete what was cut off,
or take the last of two values. So it goes on under a name that no tool has, which frameworks answer
with an error, and the model reads why."""


def _arranged(
    tool: ToolPlan | None, arguments: str | Mapping[str, str], policy: Policy, *, whole: bool
) -> Outcome:
    """Bring arguments back; those of a tool that nobody knows stay as they are."""
    if tool is None:
        return arrange(
            arguments,
            seen={},
            seen_validator=_ANYTHING,
            codec=IDENTITY,
            validator=_ANYTHING,
            tool="",
            policy=policy,
            whole=whole,
        )
    return tool.arranged(arguments, policy, whole=whole)


def _told(
    own: str, tool: ToolPlan | None, outcome: Outcome, also: tuple[str, ...], *, from_text: bool
) -> MendedCall:
    repairs = (*also, *(repair.what for repair in outcome.repairs))
    became: CallOutcome = "clean"
    if not outcome.ok:
        became = "refused"
    elif tool is None:
        became = "unknown"
    elif repairs or from_text:
        became = "mended"
    return MendedCall(
        own,
        became,
        from_text,
        tuple(dict.fromkeys(repairs)),
        outcome.worst,
        tuple(dict.fromkeys(problem.pointer for problem in outcome.problems)),
    )
