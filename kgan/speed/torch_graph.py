"""PyTorch: a step traced into a plain graph of its operations."""

import operator
import warnings
from collections.abc import Callable
from typing import Any

import keras
import torch
from torch.fx.experimental.proxy_tensor import make_fx

from kgan.speed.torch_untraced import warn_once

Logs = dict[str, torch.Tensor]
_DETACH = torch.ops.aten.detach.default
_CLONE = torch.ops.aten.clone.default
_VIEWS = (
    torch.ops.aten.permute.default,
    torch.ops.aten.t.default,
    torch.ops.aten.view.default,
)
_CONVOLUTIONS = (
    torch.ops.aten.convolution.default,
    torch.ops.aten.convolution_backward.default,
)


class StepGraphs:
    """The graphs of a model's step, one for each shape of its batches.

    Keras's Python around each layer and variable takes longer than the
    operations of small networks. A graph has these only, gradients and
    optimizers included, and runs them on the same variables in the same
    order.

    Args:
        compiles: Whether torch.compile makes kernels of the graphs.
    """

    def __init__(self, compiles: bool):
        self._compiles = compiles
        self._seen: set[Any] = set()
        self._graphs: dict[Any, Callable[..., Logs] | None] = {}

    def find(
        self,
        method: Callable[..., Logs],
        model: Any,
        given: list[torch.Tensor | None],
    ) -> Callable[[list], Logs] | None:
        """The graph of `method(model, given)`, or `None`.

        The first step of a shape has none, so that errors in the user's
        networks are told of where they are. What cannot be traced, such as
        layers that draw by a seed generator of Keras, never has; the first
        step of a model that shows it warns.
        """
        key = tuple(
            None if x is None else (x.shape, x.dtype, x.device) for x in given
        )
        if key in self._graphs:
            return self._graphs[key]
        if key not in self._seen:
            self._seen.add(key)
            return None
        try:
            with warnings.catch_warnings():
                # The step itself has run before, and warned then.
                warnings.simplefilter("ignore")
                graph: Callable[..., Logs] = _trace(method, model, given)
        # Anything may fail here: the step itself has run before.
        except Exception as error:
            self._graphs[key] = None
            warn_once(model, error)
            return None
        if self._compiles:
            graph = torch.compile(graph)
        values = _values(model)

        def play(given: list) -> Logs:
            with torch.no_grad():
                return graph(given, values())

        self._graphs[key] = play
        return play


def _variables(model: Any) -> list[keras.Variable]:
    """Lists every variable that a step may read or change, once."""
    variables = [
        *model.variables,
        *model.optimizer.variables,
        *model.metrics_variables,
    ]
    return list({id(variable): variable for variable in variables}.values())


def _values(model: Any) -> Callable[[], list[torch.Tensor]]:
    """Returns a function that looks the variables' tensors up."""
    variables = _variables(model)
    return lambda: [variable.value for variable in variables]


def _trace(
    method: Callable[..., Logs],
    model: Any,
    given: list,
) -> torch.fx.GraphModule:
    """Traces a graph `(given, values)` that updates the values in place."""
    variables = _variables(model)

    def play(given, values):
        mapping = [
            (
                variable,
                value.detach().requires_grad_(
                    variable.trainable and value.is_floating_point()
                ),
            )
            for variable, value in zip(variables, values, strict=True)
        ]
        with keras.StatelessScope(
            state_mapping=mapping, collect_losses=True
        ) as scope:
            logs = method(model, given)
        with torch.no_grad():
            for variable, value in mapping:
                new = scope.get_current_value(variable)
                if new is not value:
                    value.copy_(new)
        return {name: log.detach() for name, log in logs.items()}

    values = [variable.value.detach() for variable in variables]
    # Uses tensors without numbers: nothing is computed, no value changes.
    module = make_fx(play, tracing_mode="fake")(given, values)
    for node in module.graph.find_nodes(op="call_function", target=_DETACH):
        node.replace_all_uses_with(node.args[0])
        module.graph.erase_node(node)
    _share_copies(module.graph)
    module.graph.eliminate_dead_code()
    module.recompile()
    return module


def _share_copies(graph: torch.fx.Graph) -> None:
    """Lets all convolutions by a kernel read one copy, until it changes."""
    copies: dict[torch.fx.Node, dict[str, torch.fx.Node]] = {}
    for node in graph.nodes:
        if node.target is _CLONE and _is_for_convolutions(node):
            views, kernel = [node.kwargs], node.args[0]
            while kernel.target in _VIEWS:
                views.append((kernel.target, kernel.args[1:]))
                kernel = kernel.args[0]
            of_kernel = copies.setdefault(_owner(kernel), {})
            copy = of_kernel.setdefault(repr((kernel, views)), node)
            if copy is not node:
                node.replace_all_uses_with(copy)
        elif (schema := _schema(node)) is not None and schema.is_mutable:
            for changed in node.all_input_nodes:
                copies.pop(_owner(changed), None)


def _is_for_convolutions(node: torch.fx.Node) -> bool:
    return all(
        user.target in _CONVOLUTIONS
        or (user.target in _VIEWS and _is_for_convolutions(user))
        for user in node.users
    )


def _owner(node: Any) -> torch.fx.Node:
    """Finds the tensor whose memory a node reads through views."""
    while node.op == "call_function":
        schema = _schema(node)
        shares = node.target is operator.getitem or (
            schema is not None
            and any(returned.alias_info for returned in schema.returns)
        )
        source = node.kwargs.get("out", node.args[0] if node.args else None)
        if not shares or not isinstance(source, torch.fx.Node):
            break
        node = source
    return node


def _schema(node: torch.fx.Node) -> Any:
    # Private: PyTorch 2.13 has no public list of the arguments that an
    # operation changes. An operation without one counts as changing nothing.
    return getattr(node.target, "_schema", None)
