"""The controls of the page, and where they stand."""

import html
from pathlib import Path
from typing import Any

import gradio as gr

from kgan.explore.explorer import FARTHEST, Explorer
from kgan.explore.neighbours import Neighbours
from kgan.terminal import one_line

BY_SEED = "by the seed"
# Range of a slider. One normal number in 16,000 lies beyond it.
NO_TRUNCATION = 4.0
COLUMNS = 6


class Controls:
    """Lays the controls out, in the blocks of Gradio that are open.

    Args:
        explorer: Of the generator.
        neighbours: Of its data; `None` where no data are given.
        title: What the generator is called.
        file: Its `.keras` file, to be downloaded.
    """

    def __init__(
        self,
        explorer: Explorer,
        neighbours: Neighbours | None,
        title: str,
        file: Path,
    ):
        self.explorer, self.neighbours = explorer, neighbours
        self.pixels = ["pixels"] if explorer.is_of_images else []
        shape = "x".join(map(str, explorer.generator.output_shape[1:]))
        kind = "images" if explorer.is_of_images else "numbers"
        gr.HTML(
            f"<h1>{html.escape(one_line(title))}</h1><p>{shape} {kind}, "
            f"{explorer.latent_dim} latents, "
            f"{explorer.generator.count_params():,} weights.</p>"
        )
        with gr.Row():
            with gr.Column(min_width=320):
                self._add_samples()
                self._add_way()
            with gr.Column(min_width=320):
                self._add_selected(file)
                self._add_directions()

    def _add_samples(self) -> None:
        explorer = self.explorer
        with gr.Row():
            self.seed = gr.Number(
                0, label="Seed", precision=0, minimum=0, min_width=100
            )
            self.truncation = gr.Slider(
                *(0.1, NO_TRUNCATION, NO_TRUNCATION),
                step=0.1,
                label=f"Truncation ({NO_TRUNCATION:g}: none)",
                min_width=180,
            )
            self.label: Any = gr.State(None)
            if explorer.needs_label:
                self.label = gr.Number(
                    0, label="Class", precision=0, minimum=0, min_width=100
                )
            elif explorer.conditional:
                self.label = gr.Dropdown(
                    [BY_SEED, *map(str, range(explorer.classes or 0))],
                    value=BY_SEED,
                    label="Class",
                    min_width=120,
                )
        numbers = [str(index + 1) for index in range(explorer.num)]
        if explorer.is_of_images:
            gr.Markdown("**Samples.** Click one to begin with it.")
            self.chosen: Any = gr.State(0)
            self.grid = self._gallery("samples", "Samples", COLUMNS)
        else:
            self.chosen = gr.Dropdown(
                numbers, value="1", type="index", label="Sample in orange"
            )

    def _gallery(self, name: str, label: str, columns: int) -> Any:
        """Makes pictures in rows, to look at and click."""
        return gr.Gallery(
            label=label,
            show_label=False,
            columns=columns,
            allow_preview=False,
            object_fit="contain",
            height="auto",
            format="png",
            buttons=[],
            interactive=False,
            elem_id=name,
            elem_classes=self.pixels,
        )

    def _add_way(self) -> None:
        num = self.explorer.num
        numbers = [str(index + 1) for index in range(num)]
        gr.Markdown(
            "**Interpolation** from the chosen sample to another and back, on "
            "a sphere."
        )
        with gr.Row():
            self.other = gr.Dropdown(
                numbers,
                value="2",
                type="index",
                label="To sample",
                min_width=160,
            )
            self.animate = gr.Button("Animate", min_width=120)
        self.way = gr.Image(
            label="Interpolation",
            show_label=False,
            type="filepath",
            format="gif",
            height=240,
            buttons=["download"],
            interactive=False,
            visible=False,
            elem_id="way",
            elem_classes=self.pixels,
        )

    def _add_selected(self, file: Path) -> None:
        gr.Markdown("**Chosen sample**")
        self.picture = gr.Image(
            label="Chosen sample",
            show_label=False,
            type="filepath",
            format="png",
            height=320 if self.explorer.is_of_images else 420,
            buttons=[],
            interactive=False,
            elem_id="picture",
            elem_classes=self.pixels,
        )
        with gr.Row():
            self.download = gr.DownloadButton(
                "Picture (.png)", size="sm", min_width=140
            )
            gr.DownloadButton(
                "Generator (.keras)", str(file), size="sm", min_width=140
            )
        if self.neighbours is not None:
            gr.Markdown(
                f"**Nearest** of {len(self.neighbours.images):,} training "
                "images, and their distance in pixel values."
            )
            self.near = self._gallery("near", "Nearest training images", 4)

    def _add_directions(self) -> None:
        num = len(self.explorer.directions)
        self.sliders: list[Any] = []
        if not num:
            gr.Markdown(f"No sliders. {self.explorer.reason}")
            return
        for first in range(0, num, 2):
            with gr.Row():
                for number in range(first + 1, min(first + 2, num) + 1):
                    self.sliders.append(
                        gr.Slider(
                            *(-FARTHEST, FARTHEST, 0.0),
                            step=0.1,
                            label=f"Direction {number}",
                            min_width=140,
                        )
                    )
        self.back = gr.Button("All directions to 0", size="sm")
