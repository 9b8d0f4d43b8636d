"""The ids of calls: made where they are missing, told apart where they repeat, shaped to rules."""

from __future__ import annotations

from sealegs.schema.dialect import NameRule

__all__ = ["Ids"]


class Ids:
    """Ids of one exchange. Made fresh for each; equal input gives equal ids.

    Args:
        rule: what an id must look like for the provider; ``None``: any text.
        seed: tells turns apart; for example the key of the conversation so far.
    """

    __slots__ = ("_rule", "_seed")

    def __init__(self, rule: NameRule | None = None, seed: str = "") -> None:
        self._rule, self._seed = rule, seed

    def sent(self, native: str, /) -> str:
        """Give the id under which a call of the history, or its result, is sent.

        A legal id is sent as it is. No state: the same id is always sent as the same.
        """
        raise NotImplementedError

    def given(self, native: str, /, index: int, name: str, arguments: str) -> str:
        """Give the id under which a call of the reply is handed on.

        Args:
            native: the id that the provider gave; empty where there is none.
            index: which call of the reply it is.
            name: the tool's name.
            arguments: as the model wrote them.
        """
        raise NotImplementedError
