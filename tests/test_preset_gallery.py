"""The picture of all presets. In the quick tier: 5 seconds."""

import numpy as np
import pytest
from PIL import Image

import kgan
from kgan.__main__ import main
from kgan.presets import gallery

pytestmark = pytest.mark.once


def test_each_trained_preset_has_a_row_of_its_samples():
    figure = gallery.presets_figure()
    trained = [row for row in kgan.presets.names() if row.trained]
    assert [text.get_text() for text in figure.texts] == [
        row.name for row in trained
    ]
    for axes, row in zip(figure.axes, trained, strict=True):
        network = kgan.presets.generator(row.name)
        dim = network.inputs[0].shape[-1]
        num = 12 if row.image_size else 1_000
        inputs = kgan.images.latents(num, dim, seed=1)
        if row.conditional:
            inputs = [inputs, np.array([*range(10), 0, 1], dtype="int32")]
        samples = network.predict(inputs, batch_size=256, verbose=0)
        if row.image_size:
            (drawn,) = axes.images
            expected = kgan.images.image_grid(samples, columns=12)
            found = drawn.get_array()
        else:
            (drawn,) = axes.collections
            found, expected = drawn.get_offsets(), samples
        np.testing.assert_array_equal(found, expected)


def test_the_command_writes_it_and_prints_the_table(
    tmp_path, capsys, monkeypatch
):
    row = kgan.presets.names()[0]
    monkeypatch.setattr(gallery, "names", lambda: (row,))
    place = tmp_path / "new" / "presets.png"
    assert main(["presets", "list", "--picture", str(place)]) == 0
    assert row.name in capsys.readouterr().out
    with Image.open(place) as picture:
        assert picture.size == (1000, 75)


def test_another_kind_of_file_is_refused_before_anything_is_drawn(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.delattr(gallery, "presets_figure")
    place = tmp_path / "presets.jpg"
    assert main(["presets", "list", "--picture", str(place)]) == 2
    printed = capsys.readouterr()
    assert "must end in .png" in printed.err and printed.out == ""
    assert not list(tmp_path.iterdir())
