"""The back-propagation of recipes/theory/clip_value.py, by differences."""

import json
import pathlib
import runpy
import sys

import keras
import numpy as np
import pytest

pytestmark = [pytest.mark.once, pytest.mark.soak]

SCRIPT = (
    pathlib.Path(__file__).resolve().parents[1]
    / "recipes"
    / "theory"
    / "clip_value.py"
)
# Narrow against the distance to the next kink of the leaky ReLUs.
STEP = 1e-4


def leaky_critic(weights, x, layer):
    """Scores `(batch,)` of the activations `x` that enter a dense layer."""
    pairs = list(zip(weights[::2], weights[1::2], strict=True))[layer:]
    for index, (kernel, bias) in enumerate(pairs):
        x = x @ kernel + bias
        if index < len(pairs) - 1:
            x = np.maximum(x, 0.2 * x)
    return x[:, 0]


def activations(critic, x):
    """What enters each dense layer, as Keras computes it."""
    entering = [x]
    for layer in critic.layers[1:-1]:
        output = layer(keras.ops.convert_to_tensor(entering[-1]))
        entering.append(keras.ops.convert_to_numpy(output))
    return entering


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    """The script's names, after a run of ten updates; and its folder."""
    out = tmp_path_factory.mktemp("theory")
    with pytest.MonkeyPatch.context() as patch:
        arguments = ["--updates", "10", "--out", str(out)]
        patch.setattr(sys, "argv", [str(SCRIPT), *arguments])
        return runpy.run_path(str(SCRIPT), run_name="__main__"), out


def test_gradient_norms_are_those_of_central_differences(script):
    names, _ = script
    keras.utils.set_random_seed(0)
    critic = names["kgan"].architectures.mlp_discriminator(3, (5, 4, 6))
    random = np.random.default_rng(0)
    # Biases too: they are 0 at first and would not be tested.
    weights = [random.normal(size=w.shape) for w in critic.get_weights()]
    critic.set_weights(weights)
    x = random.normal(size=(7, 3)).astype("float32")

    expected = []
    for layer, entering in enumerate(activations(critic, x)):
        differences = [
            leaky_critic(weights, entering + shift, layer)
            - leaky_critic(weights, entering - shift, layer)
            for shift in STEP * np.eye(entering.shape[1])
        ]
        # (units, batch)
        gradient = np.array(differences) / (2 * STEP)
        expected.append(np.linalg.norm(gradient, axis=0).mean())

    norms = names["gradient_norms"](weights, x)
    assert len(norms) == 4
    np.testing.assert_allclose(norms, expected, rtol=1e-5)


def test_a_short_run_writes_finite_numbers_and_a_picture(script):
    _, out = script
    numbers = json.loads((out / "clip_value.json").read_text())
    assert len(numbers) == 20
    assert np.isfinite(list(numbers.values())).all()
    assert (out / "clip_value.png").stat().st_size > 10_000
