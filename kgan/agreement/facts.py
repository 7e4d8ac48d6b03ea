"""Facts that all processes of a job must have alike."""

from typing import Any

from kgan import distribution
from kgan.distribution.agreement import check

WAY_OUT = (
    "Build, compile and fit alike in all of them, seeded alike; use "
    "`kgan.distribution.scope(sharded_data=True)` if each has a share of the "
    "data."
)


def agree(facts: dict[str, Any], way_out: str = WAY_OUT) -> None:
    """Raises ValueError in all processes where they differ in `facts`.

    Args:
        facts: What all processes must have alike, by name.
        way_out: What to do about it.

    Raises:
        ValueError: If the processes are not joined, or `facts` differ.
    """
    index = distribution.process_index()
    processes = distribution.num_processes()
    if processes == 1:
        return
    if not distribution.engine.is_active():
        raise ValueError(
            "This job has several processes, and each would train its "
            f"own model. Received: process {index} of {processes}, "
            "outside of `with kgan.distribution.scope():`. Build, compile "
            "and fit inside."
        )
    check(facts, way_out, distribution.engine.gather)


def make_together() -> bool:
    """Whether all processes make each variable of a model together."""
    return (
        distribution.num_processes() > 1
        and distribution.engine.MAKES_TOGETHER
        and distribution.engine.is_active()
    )
