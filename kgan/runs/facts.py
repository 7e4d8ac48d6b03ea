"""Facts of a run's data, kept in its file and compared when it goes on."""

import dataclasses
from collections.abc import Callable, Iterator
from typing import Any

# The argument of `fit`, or of a callback, behind each fact.
ARGUMENTS = {
    "kind": "x",
    "samples": "x",
    "batches": "x",
    "checksum": "x",
    "batch_size": "batch_size",
    "steps_per_epoch": "steps_per_epoch",
    "shuffle": "shuffle",
}
# First epoch, last epoch (both from 0), the clip value in force.
Clip = tuple[int, int, float | None]


def _no_clip(epoch: int) -> None:
    del epoch


@dataclasses.dataclass(frozen=True)
class RunFacts:
    """Facts of one run, which do not depend on the number of processes.

    Args:
        known: Values of JSON by their names in `ARGUMENTS`.
        clips: The clip value of the epochs that are done.
        clip_value: Returns the clip value that this `fit` has in an epoch.
    """

    known: dict[str, Any] = dataclasses.field(default_factory=dict)
    clips: tuple[Clip, ...] = ()
    clip_value: Callable[[int], float | None] = _no_clip

    def after_epoch(self, epoch: int) -> "RunFacts":
        """The facts once epoch `epoch` has been trained."""
        clips, clip_value = self.clips, self.clip_value(epoch)
        if clips and clips[-1][1:] == (epoch - 1, clip_value):
            *earlier, (first, _, _) = clips
            clips = (*earlier, (first, epoch, clip_value))
        else:
            clips = (*clips, (epoch, epoch, clip_value))
        return dataclasses.replace(self, clips=clips)

    def to_config(self) -> dict[str, Any]:
        """Returns what a file holds."""
        return {"known": dict(self.known), "clips": [*map(list, self.clips)]}

    @classmethod
    def from_config(cls, config: Any) -> "RunFacts":
        """The facts of a file; none of one that an earlier version wrote."""
        if not isinstance(config, dict):
            return cls()
        known, clips = config.get("known"), config.get("clips")
        return cls(
            known if isinstance(known, dict) else {},
            tuple(
                (*clip,)
                for clip in (clips if isinstance(clips, list) else [])
                if isinstance(clip, list)
                and len(clip) == 3
                # A run cannot be longer, whatever a file says.
                and all(isinstance(epoch, int) for epoch in clip[:2])
                and 0 <= clip[0] <= clip[1] < 10**6
            ),
        )


def going_on(
    present: RunFacts, saved: Any, where: str, changed: bool
) -> RunFacts:
    """The facts of a run that goes on.

    Args:
        present: Those of the `fit` that begins; none outside of a `fit`.
        saved: What the run's file holds of `to_config`; `None` in files of
            earlier versions, with which everything goes on.
        where: The file, for messages.
        changed: Whether the user knows that something has changed.

    Raises:
        ValueError: If they differ and `changed` is false.
    """
    if changed:
        return present
    facts = RunFacts.from_config(saved)
    if not present.known:
        return facts
    found = [
        *_differences(present.known, facts.known, where),
        *_clip_differences(present, facts.clips, where),
    ]
    if found:
        raise ValueError(
            "A run goes on with the data and the arguments that it began "
            f"with. Received: {'; '.join(found)}. Pass the same as before; or "
            'Checkpoint(..., resume="changed") to go on with the change; or '
            "resume=False or another directory for a new run."
        )
    return dataclasses.replace(present, clips=facts.clips)


def _differences(present: dict, saved: dict, where: str) -> Iterator[str]:
    """Says where facts differ that both have."""
    if present.get("kind") != saved.get("kind", present.get("kind")):
        # The rest differs with the kind of data.
        present, saved = ({"kind": facts["kind"]} for facts in (present, saved))
    for name, argument in ARGUMENTS.items():
        if name not in present or name not in saved:
            continue
        here, there = present[name], saved[name]
        if here != there:
            of = "" if name == argument else f" ({name})"
            yield f"`{argument}`{of}: {here!r} here, {there!r} in {where!r}"


def _clip_differences(
    present: RunFacts, clips: tuple[Clip, ...], where: str
) -> Iterator[str]:
    """Says in which epoch the clip first differed."""
    for first, last, saved in clips:
        for epoch in range(first, last + 1):
            here = present.clip_value(epoch)
            if here != saved:
                yield (
                    f"`clip_value` of epoch {epoch}: {here!r} here, "
                    f"{saved!r} in {where!r}"
                )
                return
