"""Composes layers into one flow. The only place that knows what fail-open means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sealegs.flow import Call, Close, Flow, Layer, Reply, Send, send

__all__ = ["through"]


def through(layers: Sequence[Layer], call: Call) -> Flow[Reply]:
    """Run a call through layers, the first one outermost.

    Yields only effects that a driver must perform. An error from below passes through a layer that
    does not catch it. For an error of a layer's own its rule holds: a layer that fails open is
    stepped over with the call as it had been given, or, once a reply is there, with that reply.
    Replies that nobody will read are closed.

    Returns:
        The outermost layer's reply.
    """
    if not layers:
        return (yield from send(call))
    layer, below = layers[0], layers[1:]
    beneath = _Below(below)
    try:
        result = yield from _run(layer, call, beneath)
    except GeneratorExit:
        raise
    except Exception as failure:
        if failure is beneath.error or not layer.fails_open:
            yield from beneath.discard()
            raise
        call.ledger.failed(layer.name, "model", failure)
        if beneath.reply is not None:
            return beneath.reply
        if beneath.error is not None:
            raise beneath.error from None
        return (yield from through(below, call))
    except BaseException:  # cancelled: nobody will read the reply
        yield from beneath.discard()
        raise
    if result is not beneath.reply:
        yield from beneath.discard()
    return result


@dataclass(slots=True)
class _Below:
    """What a layer stands on: the layers below it, and what came back from them last."""

    layers: Sequence[Layer]
    reply: Reply | None = None
    error: Exception | None = None

    def send(self, effect: Send) -> Flow[Reply]:
        """Send; this closes the reply before it."""
        if self.reply is not None:
            yield from self.discard()
        try:
            if self.layers:
                reply = yield from through(self.layers, effect.call)
            else:
                reply = yield effect
        except Exception as failure:
            self.error = failure
            raise
        self.reply = reply
        return reply

    def discard(self) -> Flow[None]:
        """Close a reply that nobody will read."""
        reply, self.reply = self.reply, None
        if reply is not None:
            yield Close(reply)


def _run(layer: Layer, call: Call, below: _Below) -> Flow[Reply]:
    """Run one layer's flow to its end; raises its own errors, and those that it lets pass."""
    flow = layer.model(call)
    answer: Any = None
    error: Exception | None = None
    try:
        while True:
            try:
                effect = flow.send(answer) if error is None else flow.throw(error)
            except StopIteration as done:
                return _checked(layer, done.value)
            answer = error = None
            try:
                if isinstance(effect, Send):
                    answer = yield from below.send(effect)
                else:
                    answer = yield effect
            except Exception as failure:
                error = failure
    finally:
        _end(flow, layer, call)


def _checked(layer: Layer, result: object) -> Reply:
    """Give the layer's reply; one that forgot to return it is a failure of its own."""
    if not isinstance(result, Reply):
        kind = type(result).__name__
        raise TypeError(f"the layer {layer.name!r} returned {kind}, not a Reply")
    return result


def _end(flow: Flow[Reply], layer: Layer, call: Call) -> None:
    """End a layer's flow; what its cleanup raises must not hide why the call has ended."""
    try:
        flow.close()
    except Exception as error:
        call.ledger.failed(layer.name, "model", error)
