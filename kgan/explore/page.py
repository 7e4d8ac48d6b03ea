"""The page: which control draws what. Gradio is imported here alone."""

import html
import tempfile
from pathlib import Path
from typing import Any

import gradio as gr

from kgan.explore.explorer import FARTHEST, Explorer, View
from kgan.explore.neighbours import Neighbours
from kgan.explore.pictures import Pictures, image_png
from kgan.files import write_bytes
from kgan.terminal import one_line

BY_SEED = "by the seed"
# Of a slider, beyond which one normal number in 16,000 lies.
NO_TRUNCATION = 4.0
COLUMNS = 6
SYSTEM_FONTS = ["system-ui", "sans-serif"]
MONO_FONTS = ["ui-monospace", "monospace"]
CSS = """
.gradio-container { max-width: 1400px !important; }
#picture img, #way img { width: 100%; height: 100%; object-fit: contain; }
.pixels img { image-rendering: pixelated; }
#samples, #near { height: auto !important; min-height: 0; }
.grid-wrap { height: auto !important; min-height: 0 !important;
  max-height: none !important; padding: 4px !important; }
.grid-container { padding: 0 !important; gap: 4px !important;
  grid-template-columns: repeat(6, minmax(0, 1fr)) !important; }
#near .grid-container {
  grid-template-columns: repeat(4, minmax(0, 1fr)) !important; }
.caption-label { font-size: 11px !important; padding: 0 4px !important; }
@media (max-width: 600px) {
  #samples .grid-container {
    grid-template-columns: repeat(4, minmax(0, 1fr)) !important; } }
"""


def theme() -> Any:
    """Returns the look of the page, with the fonts of the system."""
    return gr.themes.Default(font=SYSTEM_FONTS, font_mono=MONO_FONTS)


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
        self.pixels = ["pixels"] if explorer.is_of_images else []
        with gr.Blocks(
            title=f"kgan: {one_line(title)}",
            analytics_enabled=False,
        ) as self.blocks:
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
            self._connect()

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
            self.grid = gr.Gallery(
                label="Samples",
                show_label=False,
                columns=COLUMNS,
                allow_preview=False,
                object_fit="contain",
                height="auto",
                format="png",
                buttons=[],
                interactive=False,
                elem_id="samples",
                elem_classes=self.pixels,
            )
        else:
            self.chosen = gr.Dropdown(
                numbers, value="1", type="index", label="Sample in orange"
            )

    def _add_way(self) -> None:
        num = self.explorer.num
        numbers = [str(index + 1) for index in range(num)]
        gr.Markdown(
            "**A way** from the chosen sample to another and back, on a sphere."
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
            label="Way",
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
            self.near = gr.Gallery(
                label="Nearest training images",
                show_label=False,
                columns=4,
                allow_preview=False,
                object_fit="contain",
                height="auto",
                format="png",
                buttons=[],
                interactive=False,
                elem_id="near",
                elem_classes=self.pixels,
            )

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

    def _connect(self) -> None:
        controls = [self.seed, self.truncation, self.label, self.chosen]
        inputs = [*controls, *self.sliders]
        shown = [self.picture, self.download]
        # Answered in the request, not through a queue and a stream.
        quick: Any = {
            "show_progress": "hidden",
            "queue": False,
            "api_visibility": "private",
        }
        latest: Any = {**quick, "trigger_mode": "always_last"}
        first = [self.blocks.load]
        if self.explorer.is_of_images:
            changed = [self.seed.change, self.truncation.change]
            if self.explorer.conditional:
                changed.append(self.label.change)
            gr.on([*first, *changed], self._grid, inputs, self.grid, **latest)
            self.grid.select(
                self._choose, None, [self.chosen, *self.sliders], **quick
            ).then(self._show, inputs, shown, **quick)
            redrawn = [*first, *changed]
        else:
            redrawn = [*first, self.seed.change, self.truncation.change]
            redrawn.append(self.chosen.change)
            if self.explorer.conditional:
                redrawn.append(self.label.change)
        moved = [slider.input for slider in self.sliders]
        gr.on([*redrawn, *moved], self._show, inputs, shown, **latest)
        if self.sliders:
            self.back.click(
                lambda: [0.0] * len(self.sliders), None, self.sliders, **quick
            ).then(self._show, inputs, shown, **quick)
        if self.neighbours is not None:
            self.picture.change(self._nearest, inputs, self.near, **latest)
        self.animate.click(
            self._animate,
            [self.other, *inputs],
            self.way,
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
        samples = self.explorer.samples(self._view(*values))
        files = [
            (
                self._written(image_png(sample), f"{index + 1}.png"),
                f"{index + 1}",
            )
            for index, sample in enumerate(samples)
        ]
        return gr.Gallery(files, selected_index=self._view(*values).selected)

    def _choose(self, event: gr.SelectData) -> list:
        return [event.index, *[0.0] * len(self.sliders)]

    def _show(self, *values: Any) -> tuple[str, str]:
        view = self._view(*values)
        name = f"{self.title}_seed_{view.seed}_sample_{view.selected + 1}.png"
        path = self._written(self.pictures.selected(view), name)
        return path, path

    def _nearest(self, *values: Any) -> list:
        sample = self.explorer.selected(self._view(*values))
        images, distances = self.neighbours.nearest(sample)
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
