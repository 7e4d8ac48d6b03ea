"""JAX on CPUs: strided convolutions as matrix products.

XLA's convolutions with a stride, and the dilated ones that are their
gradients, run on a slow path on CPUs; its matrix products do not (JAX 0.10;
openxla/xla#34273, jax-ml/jax#31662). Once the rows of DCGAN in
docs/performance.md are as fast with `KGAN_SPEED=0`, this and `jax_products`
can go.
"""

import functools
from collections.abc import Callable
from typing import Any

import jax
from jax import lax
from jax.extend.core import Literal

from kgan.speed import jax_products


def faster(function: Callable) -> Callable:
    """Returns a function of the same results without such convolutions.

    Args:
        function: Of trees of arrays, as `jax.jit` takes it.
    """

    @functools.wraps(function)
    def rewritten(*args):
        closed, shape = jax.make_jaxpr(function, return_shape=True)(*args)
        outputs = _evaluate(closed.jaxpr, closed.consts, jax.tree.leaves(args))
        return jax.tree.unflatten(jax.tree.structure(shape), outputs)

    return rewritten


def _evaluate(jaxpr: Any, consts: list, args: list) -> list:
    """Evaluates a jaxpr with faster convolutions."""
    values = dict(zip(jaxpr.constvars, consts, strict=True))
    values |= dict(zip(jaxpr.invars, args, strict=True))

    def read(atom):
        return atom.val if isinstance(atom, Literal) else values[atom]

    for equation in jaxpr.eqns:
        inputs = [read(atom) for atom in equation.invars]
        outputs = _apply(equation, inputs)
        values |= dict(zip(equation.outvars, outputs, strict=True))
    return [read(atom) for atom in jaxpr.outvars]


def _apply(equation: Any, inputs: list) -> list:
    # `jit` was named `pjit` before JAX 0.7; that name goes with its support.
    primitive, params = equation.primitive, equation.params
    if primitive is lax.conv_general_dilated_p:
        found = jax_products.as_product(*inputs, **params)
        if found is not None:
            return [found]
    inner = params.get("jaxpr") if primitive.name in ("jit", "pjit") else None
    if inner is not None and _convolves(inner.jaxpr):
        return _evaluate(inner.jaxpr, inner.consts, inputs)
    outputs = primitive.bind(*inputs, **primitive.get_bind_params(params))
    return outputs if primitive.multiple_results else [outputs]


def _convolves(jaxpr: Any) -> bool:
    """Says whether a jaxpr has a convolution, also in a jit within it."""
    return any(
        equation.primitive is lax.conv_general_dilated_p
        or (
            equation.primitive.name in ("jit", "pjit")
            and _convolves(equation.params["jaxpr"].jaxpr)
        )
        for equation in jaxpr.eqns
    )
