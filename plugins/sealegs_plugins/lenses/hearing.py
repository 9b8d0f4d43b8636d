"""What stands between a filter and its mender: text on its way, and calls that were found in it."""

from __future__ import annotations

from collections.abc import Sequence

from sealegs.calls.saying import Mended, Mender, SaidCall
from sealegs.flow import Event
from sealegs.framing import framer
from sealegs.jsons import Json, dump
from sealegs.wire import Framing

__all__ = ["Ear", "Pen"]


class Ear:
    """Gives a reply's text to its mender, and keeps what the client is still owed.

    Owed is text that came and neither left nor came back otherwise. As long as what left is the
    beginning of what came, the owed text can leave raw if the filter fails.

    Attributes:
        mender: mends the reply.
        reads: whether it wants to be given text.
    """

    __slots__ = ("_changed", "_found", "_open", "_owed", "_saved", "mender", "reads")

    def __init__(self, mender: Mender) -> None:
        self.mender, self.reads = mender, mender.reads_text
        self._found: dict[int, list[SaidCall]] = {}
        self._open: set[int] = set()
        self._owed: dict[int, list[str]] = {}
        self._changed = False
        self._saved: dict[int, tuple[list[str], int, bool]] = {}

    def step(self) -> None:
        """Begin with a new event; what came before it is settled."""
        if self._saved:
            self._saved.clear()

    def text(self, choice: int, piece: str) -> str:
        """Give a piece of text, and what may leave in its place."""
        mended = self.mender.text(choice, piece)
        self._open.add(choice)
        return self._take(choice, piece, mended)

    def end(self, choice: int) -> str:
        """End a choice's text, where any has come since the last end, and give what was held."""
        if choice not in self._open:
            return ""
        mended = self.mender.text_end(choice)
        self._open.discard(choice)
        return self._take(choice, "", mended)

    def found(self, choice: int) -> Sequence[SaidCall]:
        """Give the calls that were found in a choice's text; each is given once, and leaves now."""
        found = self._found.pop(choice, ())
        if found:
            self._save(choice)
            self._owed[choice] = []
        return found

    def seal(self, choice: int) -> None:
        """Take note that what holds a choice's text has ended: raw text would fit no more."""
        if self._owed.get(choice):
            self._save(choice)
            self._owed[choice], self._changed = [], True

    def call(self, choice: int, call: SaidCall, *, whole: bool = True) -> SaidCall:
        """Mend a call that is held."""
        return self.mender.call(choice, call, whole=whole)

    def named(self, choice: int, call: SaidCall) -> SaidCall:
        """Name a call that is not held: its arguments are what they are."""
        new = self.mender.call(choice, SaidCall(call.name, "", call.id))
        return SaidCall(new.name, call.arguments, new.id)

    def owed(self) -> dict[int, str] | None:
        """Give the text owed before this step, by choice; ``None`` where it fits no more."""
        for choice, (pieces, length, changed) in self._saved.items():
            self._owed[choice], self._changed = pieces[:length], changed
        if self._changed:
            return None
        return {choice: text for choice, all_ in self._owed.items() if (text := "".join(all_))}

    def _take(self, choice: int, piece: str, mended: Mended) -> str:
        owed = self._owed.get(choice)
        if not owed and mended.text == piece and not mended.calls:
            return mended.text
        owed = self._save(choice)
        if mended.calls:
            self._found.setdefault(choice, []).extend(mended.calls)
        if not mended.text:
            owed.append(piece)
            return ""
        came = "".join(owed) + piece
        self._changed |= not came.startswith(mended.text)
        self._owed[choice] = [] if self._changed else [came[len(mended.text) :]]
        return mended.text

    def _save(self, choice: int) -> list[str]:
        """Keep what a choice was owed before this step, for it may have to be undone."""
        owed = self._owed.setdefault(choice, [])
        self._saved.setdefault(choice, (owed, len(owed), self._changed))
        return owed


class Pen:
    """Writes events, framed as those of the stream that they go into."""

    __slots__ = ("_write",)

    def __init__(self, framing: Framing) -> None:
        self._write = framer(framing).write

    def event(self, like: Event, data: Json, name: str | None = None) -> Event:
        """Write an event, framed like another one."""
        text = dump(data)
        if name is not None and name != like.name:
            like = Event(like.raw, name, b"")
        return Event(self._write(like, text), like.name, text, data)
