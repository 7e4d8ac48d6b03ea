"""What the engine does for autoencoders: fit, files, callbacks, refusals."""

import games
import keras
import numpy as np
import pytest
from keras import ops
from small_autoencoders import WIDTH, flow_vae, moved, network, vq_vae

import kgan
from kgan.layers.nested import inner_layers
from kgan.penalties.checks import check_replicas

pytestmark = pytest.mark.usefixtures("untraced")

MODELS = {"vqvae": vq_vae, "flowvae": flow_vae}
each = pytest.mark.parametrize("name", MODELS)


def model(name, run_eagerly=False, **options):
    made = MODELS[name](**options)
    made.compile(keras.optimizers.Adam(0.02), run_eagerly=run_eagerly)
    return made


def fit(made, *callbacks, epochs=1, **options):
    return made.fit(
        games.points(40, made.sample_spec.shape[0]) + 1,
        batch_size=8,
        epochs=epochs,
        callbacks=list(callbacks),
        verbose=0,
        **options,
    ).history


def state(made):
    return games.numpy_of([*made.variables, *made.optimizer.variables])


@pytest.mark.once
@each
def test_a_step_is_one_batch_and_trains_all(name):
    made = model(name)
    before = made.get_weights()
    counter = games.Counter()
    history = fit(made, counter, validation_data=games.points(20, WIDTH))
    assert counter.counts == [5] and made.batches_per_step == 1
    names = kgan.autoencoders.table()[name].logs
    assert set(history) == {*names, *(f"val_{n}" for n in names)}
    assert made.discriminator is None and made.n_critic == 0
    paths = [v.path for v in made.weights]
    moved_paths = {
        path
        for path, a, b in zip(paths, before, made.get_weights(), strict=True)
        if (a != b).any()
    }
    still = {v.path for v in made.trainable_variables} - moved_paths
    # Of a flow's zero layers the ones before learn from the second step on.
    assert not still, still
    again = [made.evaluate(games.points(20, WIDTH), verbose=0) for _ in "ab"]
    assert again[0] == again[1]


@pytest.mark.once
@pytest.mark.slow
@each
def test_a_resumed_run_is_the_uninterrupted_one(name, tmp_path):
    straight = model(name, noisy=True)
    fit(straight, epochs=3)
    fit(model(name, noisy=True), kgan.callbacks.Checkpoint(tmp_path))
    resumed = model(name, noisy=True)
    fit(resumed, kgan.callbacks.Checkpoint(tmp_path), epochs=3)
    assert games.distance(state(straight), state(resumed)) == 0
    loaded = keras.saving.load_model(tmp_path / "run.keras")
    assert type(loaded) is type(resumed)
    assert games.distance(state(loaded), state(resumed)) == 0
    assert loaded.get_config().keys() == resumed.get_config().keys()
    drawn = resumed.generate(3, seed=1)
    np.testing.assert_array_equal(loaded.generate(3, seed=1), drawn)
    # The generator's file has layers of Keras alone.
    generator = keras.saving.load_model(tmp_path / "generator.keras")
    modules = {type(layer).__module__ for layer in inner_layers(generator)}
    assert {module.split(".")[0] for module in modules} == {"keras"}
    latents = np.random.default_rng(1).standard_normal(
        (3, generator.inputs[0].shape[1]), "float32"
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(generator(latents)), drawn, rtol=1e-5
    )
    fit(loaded)


@pytest.mark.once
@each
def test_another_model_does_not_go_on(name, tmp_path):
    fit(model(name, True), kgan.callbacks.Checkpoint(tmp_path))
    changes = {
        "vqvae": ({"commitment": 0.5}, "commitment.*0.5 here, 0.25 in"),
        "flowvae": ({"form": "posterior"}, "form.*'posterior' here, 'prior'"),
    }
    options, match = changes[name]
    with pytest.raises(ValueError, match=match):
        fit(
            model(name, **options),
            kgan.callbacks.Checkpoint(tmp_path),
            epochs=2,
        )


@pytest.mark.once
@pytest.mark.slow
@each
def test_callbacks_metrics_and_the_sample_command(name, tmp_path, capsys):
    made = model(name, width=2)
    made.compile(metrics=[kgan.metrics.SlicedWasserstein(num_projections=8)])
    history = fit(
        made,
        kgan.callbacks.SampleGrid(tmp_path / "samples"),
        kgan.callbacks.LossCurve(tmp_path / "losses.png"),
        kgan.callbacks.Scores(
            tmp_path / "scores.json", dataset="points", split="test"
        ),
        kgan.callbacks.TerminateOnNaN(),
        kgan.callbacks.Checkpoint(
            tmp_path, monitor="val_sliced_wasserstein", mode="min"
        ),
        epochs=2,
        validation_data=games.points(16),
    )
    assert len(history["val_sliced_wasserstein"]) == 2
    assert (tmp_path / "best_generator.keras").exists()
    assert (tmp_path / "samples" / "epoch_0002.png").exists()
    (score,) = kgan.scores.read(tmp_path / "scores.json")["scores"].values()
    assert score == history["val_sliced_wasserstein"][-1]
    header = (tmp_path / "losses.csv").read_text().splitlines()[0]
    assert "generator_loss" in header
    from kgan.sample import main

    for file in ("generator.keras", "run.keras"):
        out = tmp_path / "drawn.npy"
        command = [str(tmp_path / file), "--num", "5", "--seed", "3"]
        assert main([*command, "--npy", str(out)]) == 0
        np.testing.assert_allclose(
            np.load(out), made.generate(5, seed=3), rtol=1e-4, atol=1e-6
        )
    capsys.readouterr()


@pytest.mark.once
def test_losses_of_the_networks_own_layers_count():
    def made(l2):
        keras.utils.set_random_seed(5)
        regular = {"kernel_regularizer": keras.regularizers.L2(l2)}
        encoder = network((WIDTH,), keras.layers.Dense(4, **regular))
        decoder = network(
            (2,),
            keras.layers.Dense(4, activity_regularizer="l2", name="active"),
            keras.layers.Dense(WIDTH),
        )
        vae = kgan.FlowVAE(encoder, decoder, seed=11)
        vae.compile(keras.optimizers.SGD(0.0))
        return vae

    x = games.points(8, WIDTH)
    logs = made(0.1).train_on_batch(x, return_dict=True)
    vae = made(0.0)
    (plain,) = [vae.train_on_batch(x, return_dict=True)]
    kernel = vae.encoder.get_weights()[0]
    of_weights = float(logs["generator_loss"]) - float(plain["generator_loss"])
    assert of_weights == pytest.approx(0.1 * np.square(kernel).sum(), rel=1e-3)
    of_parts = float(plain["reconstruction_nll"]) + float(plain["kl"])
    of_activity = float(plain["generator_loss"]) - of_parts
    assert of_activity > 1e-4


@pytest.mark.once
def test_a_frozen_decoder_stays():
    """As a GAN's generator, of which a bound is learned."""
    keras.utils.set_random_seed(5)
    maker = games.generator(width=WIDTH)
    maker.trainable = False
    encoder = network((WIDTH,), keras.layers.Dense(6))
    vae = kgan.FlowVAE(encoder, maker, moved(kgan.autoencoders.RealNVP(3)))
    vae.compile()
    before = maker.get_weights()
    vae.train_on_batch(games.points(8, WIDTH))
    assert games.distance(before, maker.get_weights()) == 0
    assert len(vae.trainable_variables) == 2 + 4 * 9 + 1


@pytest.mark.once
def test_what_a_replica_may_see():
    if keras.backend.backend() == "jax":
        return
    check_replicas(flow_vae(), 2)
    check_replicas(vq_vae(decay=None), 2)
    with pytest.raises(ValueError, match="VQVAE looks at a whole batch"):
        check_replicas(vq_vae(decay=0.9), 2)


@pytest.mark.once
@each
def test_a_second_optimizer_is_refused(name):
    with pytest.raises(ValueError, match="has no discriminator to train"):
        MODELS[name]().compile("adam", "adam")
    made = MODELS[name]()
    with pytest.raises(ValueError, match="Call `compile\\(\\)` before"):
        fit(made)
