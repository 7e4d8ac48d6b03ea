"""The page: which control draws what."""

import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from kgan.explore.controls import BY_SEED, NO_TRUNCATION, Controls
from kgan.explore.explorer import Explorer, View
from kgan.explore.neighbours import Neighbours
from kgan.explore.pictures import Pictures, image_png
from kgan.files import write_bytes
from kgan.terminal import one_line


def page(
    explorer: Explorer,
    neighbours: Neighbours | None,
    title: str,
    file: Path,
) -> gr.Blocks:
    """Builds the page of a generator.

    Args:
        explorer: Of the generator.
        neighbours: Of its data; `None` where no data are given.
        title: What the generator is called.
        file: Its `.keras` file, to be downloaded.

    Returns:
        What `launch` serves.
    """
    return _Page(explorer, neighbours, title, file).blocks


class _Page:
    def __init__(
        self,
        explorer: Explorer,
        neighbours: Neighbours | None,
        title: str,
        file: Path,
    ):
        self.explorer, self.neighbours = explorer, neighbours
        self.pictures = Pictures(explorer)
        self.title, self.folder = title, file.parent
        with gr.Blocks(
            title=f"kgan: {one_line(title)}", analytics_enabled=False
        ) as self.blocks:
            self.controls = Controls(explorer, neighbours, title, file)
            self._connect()

    def _connect(self) -> None:
        at = self.controls
        controls = [at.seed, at.truncation, at.label, at.chosen]
        inputs = [*controls, *at.sliders]
        shown = [at.picture, at.download]
        # Answered within the request, without a queue and a stream.
        quick: Any = {
            "show_progress": "hidden",
            "queue": False,
            "api_visibility": "private",
        }
        latest: Any = {**quick, "trigger_mode": "always_last"}
        first = [self.blocks.load]
        if self.explorer.is_of_images:
            changed = [at.seed.change, at.truncation.change]
            if self.explorer.conditional:
                changed.append(at.label.change)
            gr.on([*first, *changed], self._grid, inputs, at.grid, **latest)
            at.grid.select(
                self._choose, None, [at.chosen, *at.sliders], **quick
            ).then(self._show, inputs, shown, **quick)
            redrawn = [*first, *changed]
        else:
            redrawn = [*first, at.seed.change, at.truncation.change]
            redrawn.append(at.chosen.change)
            if self.explorer.conditional:
                redrawn.append(at.label.change)
        moved = [slider.input for slider in at.sliders]
        gr.on([*redrawn, *moved], self._show, inputs, shown, **latest)
        if at.sliders:
            at.back.click(
                lambda: [0.0] * len(at.sliders), None, at.sliders, **quick
            ).then(self._show, inputs, shown, **quick)
        if self.neighbours is not None:
            nearest = partial(self._nearest, self.neighbours)
            at.picture.change(nearest, inputs, at.near, **latest)
        at.animate.click(
            self._animate,
            [at.other, *inputs],
            at.way,
            **{**quick, "show_progress": "minimal"},
        )

    def _view(
        self, seed: Any, truncation: Any, label: Any, chosen: Any, *moves: float
    ) -> View:
        if isinstance(label, str):
            label = None if label == BY_SEED else int(label)
        if truncation >= NO_TRUNCATION:
            truncation = None
        return View(int(seed or 0), truncation, label, chosen, moves)

    def _grid(self, *values: Any) -> Any:
        view = self._view(*values)
        samples = self.explorer.samples(view)
        files = [
            (
                self._written(image_png(sample), f"{index + 1}.png"),
                f"{index + 1}",
            )
            for index, sample in enumerate(samples)
        ]
        return gr.Gallery(files, selected_index=view.selected)

    def _choose(self, event: gr.SelectData) -> list:
        return [event.index, *[0.0] * len(self.controls.sliders)]

    def _show(self, *values: Any) -> tuple[str, str]:
        view = self._view(*values)
        name = f"{self.title}_seed_{view.seed}_sample_{view.selected + 1}.png"
        path = self._written(self.pictures.selected(view), name)
        return path, path

    def _nearest(self, neighbours: Neighbours, *values: Any) -> list:
        sample = self.explorer.selected(self._view(*values))
        images, distances = neighbours.nearest(sample)
        return [
            (self._written(image_png(image), "near.png"), f"{distance:.2f}")
            for image, distance in zip(images, distances, strict=True)
        ]

    def _animate(self, other: int, *values: Any) -> Any:
        content = self.pictures.way(self._view(*values), other)
        path = self._written(content, f"{self.title}_way.gif")
        return gr.Image(path, visible=True)

    def _written(self, content: bytes, name: str) -> str:
        folder = tempfile.mkdtemp(dir=self.folder)
        path = Path(folder) / name
        write_bytes(path, content)
        return str(path)
