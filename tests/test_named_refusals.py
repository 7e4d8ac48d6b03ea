"""Bad arguments whose error used to come from elsewhere, or not at all."""

import conditional_games
import games
import numpy as np
import pytest

import kgan
from kgan.sample import load_generator


@pytest.mark.once
@pytest.mark.parametrize("error", [KeyError("no epoch"), TypeError("no")])
def test_a_schedule_that_fails_is_refused_before_training(error):
    def schedule(epoch):
        if epoch == 2:
            raise error
        return 0.1

    gan = games.game("WGAN")
    before = games.weights(gan)
    clip = kgan.callbacks.WeightClip(schedule)
    told = f"`clip_value`.*{type(error).__name__}: .*no.*at epoch 2"
    with pytest.raises(ValueError, match=told):
        gan.fit(
            games.points(16),
            batch_size=8,
            epochs=3,
            callbacks=[clip],
            verbose=0,
        )
    assert games.distance(before, games.weights(gan)) == 0


@pytest.mark.once
@pytest.mark.parametrize("name", ["a", "b"])
def test_a_missing_score_file_is_told_by_its_argument(name, tmp_path):
    path = tmp_path / "none.json"
    paths = {"a": path, "b": path} | {"b" if name == "a" else "a": record()}
    with pytest.raises(FileNotFoundError, match=f"`{name}`.*Received") as told:
        kgan.scores.compare(**paths)
    assert told.value.errno == 2


def record(**more):
    made = kgan.scores.stamp(
        scores={"a": 1.0},
        protocol={},
        dataset="d",
        split="s",
        num_real=1,
        num_fake=1,
        seed=0,
        step=1,
    )
    return made | more


@pytest.mark.once
@pytest.mark.parametrize(
    "more",
    [{1}, object(), {(1,): 2}],
    # An object's own text holds its address, of which each worker has another.
    ids=["a set", "a stranger", "a key of a tuple"],
)
def test_records_that_no_file_holds_are_not_compared(more):
    with pytest.raises(ValueError, match="`b` must hold only what JSON can"):
        kgan.scores.compare(record(), record(more=more))


@pytest.mark.once
def test_a_protocol_within_itself_is_refused():
    loop = {}
    loop["loop"] = loop
    with pytest.raises(ValueError, match="`protocol` must nest at most"):
        kgan.scores.stamp(
            scores={"a": 1.0},
            protocol=loop,
            dataset="d",
            split="s",
            num_real=1,
            num_fake=1,
            seed=0,
            step=1,
        )


@pytest.mark.once
@pytest.mark.parametrize("path", [None, 3, b"x"])
def test_a_generator_comes_from_a_path(path):
    with pytest.raises(ValueError, match="`path` must be.*Received: path="):
        load_generator(path)


@pytest.mark.once
def test_pictures_that_fill_the_memory_are_refused():
    with pytest.raises(ValueError, match="`num` is too large"):
        kgan.images.latents(10**30, 2, 0)
    with pytest.raises(ValueError, match="`columns` is too large"):
        kgan.images.image_grid(np.zeros((1, 8, 8, 1)), columns=10**30)


@pytest.mark.parametrize("activation", [dict, lambda: None, lambda x: x[:0]])
def test_an_activation_has_to_work(activation):
    with pytest.raises(ValueError, match="`output_activation`.*Received"):
        kgan.architectures.mlp_generator(2, output_activation=activation)


@pytest.mark.once
def test_numpys_number_of_classes_is_a_number():
    network = kgan.architectures.mlp_generator(2, num_classes=np.int64(3))
    assert network.input_shape[1] == (None,)


@pytest.mark.once
def test_labels_to_generate_are_integers():
    gan = conditional_games.game()
    masked = np.ma.masked_equal([0, 1], 1)
    for labels in (masked, [[1], [1, 2]], 1.5, "1", True):
        with pytest.raises(ValueError, match=r"Labels \(`labels`\).*Received"):
            gan.generate(2, labels=labels)
