"""Pictures of the generator's progress."""

import re
import time
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np

from kgan import files, images
from kgan.arguments import check_integer
from kgan.images.saving import gif_bytes
from kgan.labels import rows_of_classes
from kgan.weight_averages import sampling_generator

EPOCH_FILE = re.compile(r"epoch_(\d{4,})\.png")
FRAME_MILLISECONDS = 200
MAX_NUM = 1_000_000
# Enough to fill a device, few enough to fit beside the training state.
BATCH_SIZE = 64


class SampleGrid(keras.callbacks.Callback):
    """Draws what the generator makes of the same latents as it learns.

    At the end of an epoch the generator's samples are written to
    `epoch_0001.png`, `epoch_0002.png`, ... in `directory`. A fit resumed with
    `initial_epoch` continues the numbers. If a write fails during training,
    that is a warning. The latents come from NumPy, so they are the same on
    every backend. Training is not affected: a fit gives the same weights with
    and without this callback. The samples come from the weights that train,
    even if an optimizer keeps a mean of them.

    With a conditional generator each row is a class, and each column a latent.

    Example:

    ```python
    gan.fit(
        dataset,
        epochs=20,
        callbacks=[kgan.callbacks.SampleGrid("samples", animate=True)],
    )
    ```

    Args:
        directory: Directory of the PNG files, made if missing.
        num: Samples per picture, from 1 to a million.
        seed: Seed of the latents, an integer of at least 0.
        every: Epochs from one picture to the next, at least 1.
        animate: Boolean, whether to write `samples.gif` when training ends: the
            directory's pictures in order, up to the last one of this fit.
        log_dir: Directory of TensorBoard event files; each picture is also
            written there as the image `samples`. Defaults to none.
        labels: Integers, the classes of the rows of a conditional generator.
            `None` for all that it knows, but at most `num`. A row has
            `num // rows` samples.

    Raises:
        ValueError: If an argument is out of its range. When training begins:
            if a directory or a picture in it cannot be written, if the model
            has no generator, or if its samples can be drawn neither as images
            nor as plots.
    """

    def __init__(
        self,
        directory: str | Path,
        num: int = 64,
        seed: int = 0,
        every: int = 1,
        animate: bool = False,
        log_dir: str | Path | None = None,
        labels: Sequence[int] | None = None,
    ):
        super().__init__()
        check_integer("num", num, minimum=1, maximum=None)
        if num > MAX_NUM:
            raise ValueError(
                f"`num` must be at most {MAX_NUM}, the samples that one "
                f"picture takes. Received: num={num!r}"
            )
        check_integer("seed", seed, minimum=0, maximum=None)
        check_integer("every", every, minimum=1, maximum=None)
        if not isinstance(animate, bool):
            raise ValueError(
                "`animate` must be True or False. Received: "
                f"animate={animate!r}"
            )
        self.directory = files.check_path("directory", directory)
        if log_dir is not None:
            log_dir = files.check_path("log_dir", log_dir)
        self.num = num
        self.seed = seed
        self.every = every
        self.animate = animate
        self.log_dir = log_dir
        self.labels = labels
        self._writer = None
        self._last_epoch = 0

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Draws the latents and checks that the pictures can be written."""
        model = self.model
        generator = getattr(model, "generator", None)
        if generator is None:
            raise ValueError(
                "SampleGrid needs a model with a `generator`, such as "
                f"kgan.GAN or kgan.WGAN. Received: model={model!r}"
            )
        images.check_drawable(generator.output_shape)
        self._rows = rows_of_classes(self.labels, self.num, generator)
        self._last_epoch = 0
        files.check_writable("directory", self.directory)
        names = ["epoch_*.png", "samples.gif"]
        files.check_replaceable(
            "directory",
            [path for name in names for path in self.directory.glob(name)],
        )
        files.remove_unfinished(self.directory, names)
        if self.log_dir is not None:
            files.check_writable("log_dir", self.log_dir)
            self._close_writer()
            self._writer = _event_writer(self.log_dir)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Writes the picture of epoch `epoch + 1`, if it is due."""
        if (epoch + 1) % self.every:
            return
        path = self.directory / f"epoch_{epoch + 1:04d}.png"
        samples = self._samples()
        with files.going_on(f"The samples of epoch {epoch + 1}"):
            images.save_grid(samples, path, self._columns())
            self._last_epoch = epoch + 1
            if self._writer is not None:
                self._writer.add_event(_image_event(path, step=epoch + 1))
                self._writer.flush()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Writes the animation and closes the event file."""
        self._close_writer()
        if self.animate and self._last_epoch:
            with files.going_on("The animation of the samples"):
                _write_animation(self.directory, self._last_epoch)

    def _samples(self):
        # Read through `self.model`: on JAX that brings the trained values
        # back into the variables.
        generator = sampling_generator(self.model)
        trainable = [v.value for v in generator.trainable_variables]
        non_trainable = [v.value for v in generator.non_trainable_variables]
        inputs = self._inputs()
        batches = []
        for start in range(0, len(inputs[0]), BATCH_SIZE):
            taken = [
                keras.ops.convert_to_tensor(x[start : start + BATCH_SIZE])
                for x in inputs
            ]
            # Stateless, so that a layer that counts or draws keeps its state.
            samples, _ = generator.stateless_call(
                trainable,
                non_trainable,
                taken if len(taken) > 1 else taken[0],
                training=False,
            )
            samples = keras.ops.cast(samples, "float32")
            batches.append(keras.ops.convert_to_numpy(samples))
        return np.concatenate(batches)

    def _inputs(self):
        """Returns the latents, and the labels of a conditional generator."""
        columns = self._columns()
        latents = images.latents(
            columns or self.num, self.model.latent_dim, self.seed
        )
        if self._rows is None or columns is None:
            return [latents]
        tiled = np.tile(latents, (len(self._rows), 1))
        return [tiled, np.repeat(self._rows, columns)]

    def _columns(self):
        return None if self._rows is None else self.num // len(self._rows)

    def _close_writer(self):
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _event_writer(log_dir):
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    return EventFileWriter(str(log_dir))


def _image_event(path, step):
    from PIL import Image
    from tensorboard.compat.proto import event_pb2, summary_pb2

    with Image.open(path, formats=("PNG",)) as picture:
        width, height = picture.size
        colorspace = len(picture.getbands())
    image = summary_pb2.Summary.Image(
        height=height,
        width=width,
        colorspace=colorspace,
        encoded_image_string=path.read_bytes(),
    )
    value = summary_pb2.Summary.Value(tag="samples", image=image)
    summary = summary_pb2.Summary(value=[value])
    return event_pb2.Event(wall_time=time.time(), step=step, summary=summary)


def _write_animation(directory, last_epoch):
    from PIL import Image

    paths = {}
    for path in directory.iterdir():
        match = EPOCH_FILE.fullmatch(path.name)
        # Later epochs than this fit reached are another run's leftovers.
        if match and int(match[1]) <= last_epoch:
            paths[int(match[1])] = path
    frames = []
    for _, path in sorted(paths.items()):
        with Image.open(path, formats=("PNG",)) as picture:
            frames.append(picture.convert("RGB"))
    frames = [frame for frame in frames if frame.size == frames[-1].size]
    content = gif_bytes(frames, FRAME_MILLISECONDS)
    files.write_bytes(directory / "samples.gif", content)
