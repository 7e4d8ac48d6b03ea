"""The parts of training scripts: options, optimizers, callbacks, last words."""

import math

import games
import keras
import numpy as np
import pytest
import torch

import kgan
from kgan import scripts

pytestmark = pytest.mark.once


def options(tmp_path, *arguments, **defaults):
    made = scripts.parser("Trains.", out=tmp_path, epochs=3, **defaults)
    return made.parse_args(arguments)


def test_options_and_their_defaults(tmp_path):
    assert vars(options(tmp_path)) == {
        "objective": "wgan",
        "epochs": 3,
        "steps_per_epoch": None,
        "batch_size": 64,
        "n_critic": None,
        "clip": 0.01,
        "seed": 0,
        "out": tmp_path,
        "resume": False,
    }
    given = options(
        tmp_path,
        *("--objective", "r3gan", "--n-critic", "0", "--resume"),
        steps_per_epoch=4,
        clip=0.5,
        batch_size=8,
        data_dir=True,
    )
    assert (given.objective, given.n_critic, given.resume) == ("r3gan", 0, True)
    assert (given.steps_per_epoch, given.clip, given.batch_size) == (4, 0.5, 8)
    assert given.data_dir is None
    plain = scripts.parser("Trains.", out=tmp_path, epochs=None).parse_args([])
    assert "epochs" not in plain and "steps_per_epoch" not in plain


def test_a_script_of_one_model_has_no_options_of_a_game(tmp_path):
    given = options(tmp_path, "--seed", "3", objective=None)
    assert not {"objective", "n_critic", "clip"} & set(vars(given))
    chosen = [type(c).__name__ for c in scripts.callbacks(given)]
    assert chosen == ["SampleGrid", "LossCurve", "Checkpoint"]


def test_help_says_what_each_objective_does(tmp_path, capsys):
    made = scripts.parser("First.\n\nSecond.", out=tmp_path, epochs=3)
    made.add_argument("--size", type=int, default=4, help="of pictures")
    with pytest.raises(SystemExit):
        made.parse_args(["--help"])
    printed = " ".join(capsys.readouterr().out.split())
    assert "First." in printed and "Second." not in printed
    assert "None: 5 for mmdgan, 5 for wgan, 5 for wgangp, else 1" in printed
    assert "bound, of mmdgan, wgan " in printed and "--size" in printed


def test_options_that_cannot_be(tmp_path):
    with pytest.raises(
        ValueError, match="`objective` must be one of .*, gan, "
    ):
        scripts.parser("Trains.", out="x", epochs=1, objective="vae")
    with pytest.raises(ValueError, match="`out` must be a path"):
        scripts.parser("Trains.", out=None, epochs=1)
    with pytest.raises(ValueError, match="`description` must be a string"):
        scripts.parser(None, out="x", epochs=1)


def test_callbacks_stand_in_the_order_that_they_need(tmp_path):
    def kinds(*arguments, **given):
        chosen = scripts.callbacks(options(tmp_path, *arguments), **given)
        return [type(callback).__name__ for callback in chosen]

    plain = ["SampleGrid", "LossCurve", "Checkpoint"]
    assert kinds() == ["WeightClip", *plain]
    assert kinds("--objective", "wgangp") == plain
    assert kinds("--objective", "nsgan", dataset="digits") == [
        *("SampleGrid", "LossCurve", "Scores", "Checkpoint")
    ]
    clip, *_, saved = scripts.callbacks(
        options(tmp_path, "--clip", "0.3"), monitor="val_x"
    )
    assert clip.clip_value == 0.3
    assert (saved.monitor, saved.mode, saved.resume) == ("val_x", "min", False)


def test_a_script_of_these_parts_trains_and_reports(tmp_path, capsys):
    args = options(tmp_path, "--objective", "r3gan", "--seed", "4")
    keras.utils.set_random_seed(args.seed)
    gan = kgan.objectives.build(
        args.objective,
        games.generator(),
        games.critic(),
        n_critic=args.n_critic,
        seed=args.seed,
    )
    gan.compile(metrics=[kgan.metrics.SlicedWasserstein(num_projections=4)])
    gan.fit(
        games.points(32),
        batch_size=8,
        epochs=1,
        validation_data=games.points(16, seed=1),
        callbacks=scripts.callbacks(
            args, dataset="points", monitor="val_sliced_wasserstein", num=8
        ),
        verbose=0,
    )
    scripts.report(tmp_path, num=8, picture="plot.png")
    scores, files, command = capsys.readouterr().out.splitlines()
    assert scores.startswith("Scores: sliced_wasserstein 0.")
    assert (
        "samples/, losses.png, losses.csv, scores.json, generator.keras, "
        "best_generator.keras, run.keras." in files
    )
    assert command == (
        f"python -m kgan.sample {tmp_path}/generator.keras --num 8 --seed 1 "
        "--out plot.png"
    )


def test_optimizers_are_the_papers_at_another_rate():
    gan = kgan.WGAN(games.generator(), games.critic())
    made = scripts.optimizers(gan, wgan=2e-4, gan=1.0)
    by_hand = keras.optimizers.RMSprop(2e-4, rho=0.99, epsilon=1e-16)
    assert len(made) == 2 and made[0] is not made[1]
    for optimizer in made:
        assert optimizer.get_config() | {"name": by_hand.name} == (
            by_hand.get_config()
        )
    assert scripts.optimizers(gan, gan=1.0) == []
    for rate in (0.0, "fast", float("nan"), None):
        with pytest.raises(ValueError, match="`wgan` must be a learning rate"):
            scripts.optimizers(gan, wgan=rate)
    with pytest.raises(ValueError, match="`model` must be a kgan model"):
        scripts.optimizers(None, wgan=1.0)


def test_small_r3gan_falls_to_a_tenth():
    arguments, optimizers = scripts.small_r3gan(100, rate=0.5, gamma=2.0)
    rates = [optimizer.get_config() for optimizer in optimizers]
    for schedule, first in (
        (arguments["gamma"], 2.0),
        *((optimizer._learning_rate, 0.5) for optimizer in optimizers),
    ):
        assert float(schedule(0)) == pytest.approx(first)
        assert float(schedule(50)) == pytest.approx(0.55 * first)
        assert float(schedule(200)) == pytest.approx(0.1 * first)
    assert {(c["beta_1"], c["beta_2"], c["epsilon"]) for c in rates} == {
        (0.0, 0.99, 1e-8)
    }
    gan = kgan.R3GAN(games.generator(), games.critic(), **arguments)
    gan.compile(*optimizers)
    gan.fit(games.points(64), batch_size=games.BATCH, verbose=0)
    for name in ("images", "rate", "gamma"):
        with pytest.raises(ValueError, match=f"`{name}` must be"):
            scripts.small_r3gan(**{"images": 10, name: -1})


def flat_network(path, shape, inputs=1):
    """Saves a network that returns its image flat, and a logit."""
    images = [keras.Input(shape) for _ in range(inputs)]
    flat = [keras.layers.Flatten()(x) for x in images]
    outputs = [flat[0], keras.layers.Dense(1)(flat[-1])]
    keras.Model(images, outputs).save(path)
    return path


@pytest.mark.parametrize("pixels", [(0, 255), (0, 1), (-3.0, 5.0)])
def test_an_extractor_of_others_sees_its_own_pixels_and_size(tmp_path, pixels):
    """Quick tier, 0.1 s: against PyTorch's bilinear interpolation."""
    path = flat_network(tmp_path / "flat.keras", (6, 9, 3))
    low, high = pixels
    for shape in ((4, 6), (6, 9)):
        given = np.random.default_rng(0).uniform(-1, 1, (3, *shape, 3))
        seen = torch.nn.functional.interpolate(
            torch.tensor(given.transpose(0, 3, 1, 2)), (6, 9), mode="bilinear"
        ).numpy()
        expected = low + (seen.transpose(0, 2, 3, 1) + 1) / 2 * (high - low)
        model = scripts.extractor(path, (*shape, 3), pixels)
        features, logits = model.predict(given.astype("float32"), verbose=0)
        scale = max(abs(low), abs(high))
        np.testing.assert_allclose(
            features, expected.reshape(3, -1), atol=1e-5 * scale
        )
        assert logits.shape == (3, 1)


def test_an_extractor_of_one_open_side_resizes_the_other(tmp_path):
    """Quick tier, 0.1 s: against PyTorch's bilinear interpolation."""
    images = keras.Input((6, None, 1))
    means = keras.layers.GlobalAveragePooling2D()(images**2)
    path = tmp_path / "open.keras"
    keras.Model(images, [means, means]).save(path)
    given = np.random.default_rng(0).uniform(-1, 1, (3, 4, 9, 1))
    model = scripts.extractor(path, (4, 9, 1), (-1, 1))
    got, _ = model.predict(given.astype("float32"), verbose=0)
    seen = torch.nn.functional.interpolate(
        torch.tensor(given.transpose(0, 3, 1, 2)), (6, 9), mode="bilinear"
    )
    expected = seen.square().mean((2, 3)).numpy()
    np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize("inputs, shape", [(1, (6, 6, 3)), (2, (6, 6, 1))])
def test_a_network_of_other_images_is_no_extractor(tmp_path, inputs, shape):
    path = flat_network(tmp_path / "flat.keras", shape, inputs)
    with pytest.raises(ValueError, match=r"1 channels .*Received: path="):
        scripts.extractor(path, (6, 6, 1))


@pytest.mark.parametrize(
    "pixels",
    [None, 255, (1, 0), (0, 1, 2), (0, math.inf), "ab", (0, math.nan), "01"],
)
def test_a_range_of_pixels_has_a_lowest_and_a_highest(tmp_path, pixels):
    path = flat_network(tmp_path / "flat.keras", (6, 6, 1))
    with pytest.raises(ValueError, match=r"`pixels` must.*Received: pixels="):
        scripts.extractor(path, (6, 6, 1), pixels)
    with pytest.raises(ValueError, match="`image_shape` must"):
        scripts.extractor(path, (6, 6))
