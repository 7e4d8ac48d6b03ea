"""A `fit` that all processes of a job begin, or none."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from kgan import distribution
from kgan.agreement.callbacks import of_callbacks
from kgan.agreement.facts import agree
from kgan.agreement.models import of_model
from kgan.distribution.agreement import DisagreementError, tell

ARGUMENTS = (
    "epochs",
    "initial_epoch",
    "steps_per_epoch",
    "batch_size",
    "shuffle",
    "validation_split",
    "validation_steps",
    "validation_batch_size",
    "validation_freq",
)
# A schedule is compared at this many epochs at most.
MAX_EPOCHS = 10_000


def begins_together(method: Callable) -> Callable:
    """Has all processes begin a `fit`, or none.

    What they were asked for is compared before anything is prepared, and
    whoever fails until they are joined has the others fail too: they would
    wait.
    """
    signature = inspect.signature(method)

    @functools.wraps(method)
    def fit(model, *args, **kwargs):
        if distribution.num_processes() == 1:
            return method(model, *args, **kwargs)
        given = signature.bind(model, *args, **kwargs)
        given.apply_defaults()
        model.peers.joined = False
        try:
            agree(of_fit(model, given.arguments))
            return method(model, *args, **kwargs)
        except DisagreementError:
            raise
        except Exception as error:
            engine = distribution.engine
            waited_for = engine.is_active() and not model.peers.joined
            if waited_for and not engine.is_lost(error):
                tell(error, engine.gather)
            raise

    return fit


def of_fit(model: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """Describes what a `fit` is asked for, before it prepares anything.

    Args:
        model: A kgan model.
        arguments: Those of `fit`, by name.
    """
    share = model.peers.share()
    return {
        **of_model(model),
        **{name: arguments[name] for name in ARGUMENTS},
        "validation_data": arguments["validation_data"] is not None,
        "sharded_data": not share.whole,
        "replicas": share.replicas,
        **of_callbacks(
            arguments["callbacks"],
            _epochs(arguments["initial_epoch"], arguments["epochs"]),
        ),
    }


def _epochs(first: Any, last: Any) -> range:
    """Returns the epochs of a `fit`, or the first one."""
    try:
        return range(first, max(min(last, first + MAX_EPOCHS), first + 1))
    except TypeError:
        return range(1)
