"""Composes layers into one flow. The only place that knows what fail-open means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sealegs.flow import Call, Close, Flow, Layer, Reply, Send, send

__all__ = ["through"]


def through(layers: Sequence[Layer], call: Call) -> Flow[Reply]:
    """Run a call through layers, the first one outermost.

    Yields only effects that a driver must perform. An error from below passes through a layer that
    does not catch it. An error of a layer's own is its fail-open or fail-closed rule's: a layer that
    fails open is stepped over with the call as it had been given, or, once a reply is there, with
    that reply. Replies that nobody will read are closed.

    Returns:
        The outermost layer's reply.
    """
    if not layers:
        return (yield from send(call))
    layer, below = layers[0], layers[1:]
    try:
        flow = layer.model(call)
    except Exception as own:  # it need not be a generator function itself
        if not layer.fails_open:
            raise
        call.ledger.failed(layer.name, "model", own)
        return (yield from through(below, call))
    reply: Reply | None = None
    theirs: Exception | None = None
    answer: Any = None
    error: Exception | None = None
    try:
        while True:
            try:
                try:
                    effect = flow.send(answer) if error is None else flow.throw(error)
                except StopIteration as done:
                    result = _checked(layer, done.value)
                    if reply is not None and result is not reply:
                        yield Close(reply)
                    return result
            except Exception as own:
                if own is theirs or not layer.fails_open:
                    if reply is not None:
                        yield Close(reply)
                    raise
                call.ledger.failed(layer.name, "model", own)
                if reply is not None:
                    return reply
                if theirs is not None:
                    raise theirs from None
                return (yield from through(below, call))
            answer = error = None
            sends = isinstance(effect, Send)
            try:
                if isinstance(effect, Send):
                    if reply is not None:
                        yield Close(reply)
                        reply = None
                    reply = answer = yield from through(below, effect.call)
                else:
                    answer = yield effect
            except Exception as failure:
                error = failure
                if sends:
                    theirs = failure
    except (Exception, GeneratorExit):
        raise
    except BaseException:  # cancelled: nobody will read the reply
        if reply is not None:
            yield Close(reply)
        raise
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
