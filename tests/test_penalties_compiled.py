"""On PyTorch, torch.compile trains every penalty as the uncompiled step."""

import shutil

import games
import keras
import numpy as np
import pytest

import kgan
from kgan import penalties

if games.BACKEND != "torch":
    pytest.skip("torch.compile", allow_module_level=True)
if shutil.which("g++") is None:
    pytest.skip("torch.compile needs a C++ compiler", allow_module_level=True)

R1, R2 = (lambda: penalties.R1(0.7)), (lambda: penalties.R2(0.7))
# Both backward passes of each are operations of the compiled graph.
CASES = {
    "R1 and R2": ("GAN", [R1, R2]),
    "GradientPenalty": ("WGANGP", []),
    "DRAGAN": ("GAN", [penalties.DRAGAN]),
    "FiniteDifference": ("GAN", [penalties.FiniteDifference]),
    "LeCam": ("HingeGAN", [penalties.LeCam]),
    "RelativisticGAN": ("RelativisticGAN", []),
    "R3GAN": ("R3GAN", []),
}


def trained(name, **options):
    keras.utils.set_random_seed(0)
    objective, made = CASES[name]
    arguments = {"penalties": [make() for make in made]} if made else {}
    if objective == "R3GAN":
        arguments["gamma"] = 0.7
    gan = getattr(kgan, objective)(
        games.generator(), games.critic(), n_critic=1, seed=3, **arguments
    )
    sgd = keras.optimizers.SGD
    gan.compile(sgd(0.02), sgd(0.02), **options)
    real = np.split(games.points(200), 5)
    for batch in real:
        gan.train_on_batch(batch)
    return gan


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "name",
    [
        name
        if name == "R1 and R2"
        else pytest.param(name, marks=pytest.mark.soak)
        for name in CASES
    ],
)
def test_compiled_weights_are_the_uncompiled(name):
    expected = trained(name, run_eagerly=True)
    compiled = trained(name, jit_compile=True)
    assert all(compiled.fast_paths.graphs._graphs.values())
    state, wanted = (
        games.numpy_of(gan.variables) for gan in (compiled, expected)
    )
    assert games.distance(state, wanted) < 5e-6
