"""Real samples that float32 or NumPy cannot hold are refused."""

import games
import keras
import ml_dtypes
import numpy as np
import pytest

from kgan.steps import SampleSpec
from kgan.steps.kinds import to_numpy

HUGE = 1e39  # Finite as float64, infinite as float32.
SPEC = SampleSpec((2,), bounded=False)


def doubles(num, at=None, value=HUGE):
    samples = games.points(num).astype("float64")
    if at is not None:
        samples[at, 1] = value
    return samples


@pytest.mark.parametrize("value", [HUGE, -1e300])
@pytest.mark.parametrize("kind", games.KINDS)
def test_too_large_for_float32(kind, value):
    gan = games.game()
    before = games.weights(gan)
    data = games.as_data(kind, doubles(32, 3, value))
    with pytest.raises(ValueError, match=r"\(`x`\) must be finite.*Received"):
        gan.fit(**data, verbose=0)
    assert games.distance(before, games.weights(gan)) == 0


@pytest.mark.parametrize("kind", games.KINDS)
def test_too_large_for_float32_in_validation_and_evaluate(kind):
    gan = games.game()
    data = games.as_data(kind, doubles(32, 30))
    with pytest.raises(ValueError, match=r"\(`validation_data`\) must be fin"):
        gan.fit(
            games.points(16),
            batch_size=8,
            validation_data=data["x"],
            verbose=0,
        )
    data = games.as_data(kind, doubles(32, 30))
    with pytest.raises(ValueError, match=r"\(`x`\) must be finite.*Received"):
        gan.evaluate(data["x"], verbose=0)
    assert all(np.isfinite(w).all() for w in games.weights(gan))


@pytest.mark.parametrize("method", ["train_on_batch", "test_on_batch"])
def test_too_large_for_float32_on_a_batch(method):
    gan = games.game()
    before = games.weights(gan)
    with pytest.raises(
        ValueError, match="values from .* to 1e[+]39 of float64"
    ):
        getattr(gan, method)(doubles(8, 3))
    assert games.distance(before, games.weights(gan)) == 0


def test_too_large_for_float32_in_batch_37_of_a_generator():
    gan = games.game(n_critic=1)
    data = games.as_data("generator", doubles(8 * 40, 8 * 37 + 2))
    with pytest.raises(ValueError, match=r"\(`x`\) must be finite.*Received"):
        gan.fit(**data, verbose=0)
    assert all(np.isfinite(w).all() for w in games.weights(gan))
    assert int(keras.ops.convert_to_numpy(gan.optimizer.iterations)) <= 37


@pytest.mark.once
def test_the_bound_is_that_of_rounding_to_float32():
    largest = float(np.finfo("float32").max)
    for value in (largest, np.nextafter(2.0**128 - 2.0**103, 0)):
        SPEC.check(np.array([[value, 0.0]]))  # Rounds to the largest.
    with pytest.raises(ValueError, match="finite"):
        SPEC.check(np.array([[2.0**128 - 2.0**103, 0.0]]))


@pytest.mark.once
@pytest.mark.parametrize(
    "dtype",
    [
        "float16",
        "float32",
        "float64",
        "longdouble",
        ml_dtypes.bfloat16,
        ml_dtypes.float8_e4m3fn,
        ml_dtypes.float8_e5m2,
    ],
)
def test_floating_point_types(dtype):
    samples = games.points(2_000).astype(dtype)
    SPEC.check(samples)
    samples[1_234, 1] = np.nan
    with pytest.raises(ValueError, match="finite.*Received: 1 such values"):
        SPEC.check(samples)


@pytest.mark.once
def test_the_range_of_types_without_a_minimum_is_of_all_rows():
    spec = SampleSpec((2,), bounded=True)
    samples = np.zeros((2**20, 2), ml_dtypes.bfloat16)
    samples[700_000, 0], samples[-1, 1] = -2, 3
    with pytest.raises(ValueError, match="Received: values from -2.0 to 3.0"):
        spec.check(samples)


@pytest.mark.parametrize("dtype", ["float16", ml_dtypes.bfloat16])
def test_half_precision_trains_as_its_float32(dtype):
    samples = games.points(16).astype(dtype)
    pair = []
    for data in (samples, samples.astype("float32")):
        keras.utils.set_random_seed(0)
        gan = games.game()
        gan.fit(data, batch_size=8, verbose=0)
        pair.append(games.weights(gan))
    assert games.distance(*pair) == 0


@pytest.mark.once
@pytest.mark.parametrize(
    "samples, match",
    [
        (np.zeros((8, 2), complex), "dtype=complex128. Pass its real"),
        (np.zeros((8, 2), object), "dtype=object. Convert them"),
        (np.zeros((8, 2), "datetime64[s]"), r"dtype=datetime64\[s\]. Convert"),
        (np.zeros((8, 2), [("float", "f4")]), "dtype=void32. Convert them"),
        (np.zeros((8, 2), "U3"), "dtype=str96. Convert them"),
        (np.zeros((8, 2), bool), "dtype=bool.*127.5"),
        (np.zeros((8, 2), "uint8"), "dtype=uint8.*127.5"),
        (np.zeros((8, 2), ml_dtypes.int4), "dtype=int4.*127.5"),
        (np.float32(3), r"Received: shape=\(\)"),
        (np.zeros((8, 0), "float32"), r"Received: shape=\(8, 0\)"),
    ],
)
def test_arrays_of_other_kinds(samples, match):
    with pytest.raises(ValueError, match=rf"\(`x`\) must.*{match}"):
        SPEC.check(to_numpy(samples))


@pytest.mark.once
def test_an_axis_without_a_value_where_any_size_fits():
    spec = SampleSpec((None, None, 1), bounded=True)
    with pytest.raises(ValueError, match=r"shape=\(8, 0, 4, 1\)"):
        spec.check(np.zeros((8, 0, 4, 1), "float32"))


@pytest.mark.once
def test_channels_that_come_first():
    spec = SampleSpec((4, 4, 3), bounded=True)
    with pytest.raises(ValueError, match=r"transpose\(0, 2, 3, 1\)"):
        spec.check(np.zeros((8, 3, 4, 4), "float32"))


@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch"])
def test_masked_values(method):
    gan = games.game()
    before = games.weights(gan)
    masked = np.ma.masked_greater(games.points(16), 1.0)
    with pytest.raises(ValueError, match=r"`x`.*Received: a masked.*\.filled"):
        getattr(gan, method)(masked)
    assert games.distance(before, games.weights(gan)) == 0


@pytest.mark.once
def test_masked_values_elsewhere():
    gan = games.game()
    masked = np.ma.masked_greater(games.points(16), 1.0)
    with pytest.raises(ValueError, match="`validation_data`.*masked"):
        gan.fit(games.points(16), batch_size=8, validation_data=masked)
    for kind in ("generator", "pydataset"):
        with pytest.raises(ValueError, match="`x`.*masked"):
            gan.fit(**games.as_data(kind, masked), verbose=0)


@pytest.mark.once
def test_sparse_arrays():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(ValueError, match=r"`x`.*scipy.*`.toarray\(\)`"):
        to_numpy(sparse.csr_matrix(games.points(8)))


@pytest.mark.once
def test_what_numpy_cannot_read():
    class Broken:
        shape = (8, 2)

        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("on another planet")

    with pytest.raises(ValueError, match="NumPy can read.*on another planet"):
        to_numpy(Broken())


@pytest.mark.once
def test_frames_matrices_and_memory_maps(tmp_path):
    """What NumPy reads trains as the array; pandas's frames do so too."""
    samples = games.points(16)
    np.save(tmp_path / "samples.npy", samples)

    class Frame:
        shape = samples.shape

        def __array__(self, dtype=None, copy=None):
            return samples

    with pytest.warns(PendingDeprecationWarning):
        matrix = np.matrix(samples)
    expected = None
    for data in (
        samples,
        Frame(),
        matrix,
        np.load(tmp_path / "samples.npy", mmap_mode="r"),
    ):
        keras.utils.set_random_seed(0)
        gan = games.game()
        gan.fit(data, batch_size=4, validation_split=0.25, verbose=0)
        expected = expected or games.weights(gan)
        assert games.distance(expected, games.weights(gan)) == 0


@pytest.mark.once
@pytest.mark.parametrize("method", ["fit", "evaluate"])
@pytest.mark.parametrize(
    "data, match",
    [
        (None, "builtins.NoneType"),
        (3, "builtins.int"),
        ("images", "builtins.str"),
        ([[0.0, 0.0]] * 16, "builtins.list"),
        (games.points, "'points', which is not called"),
        (games.Batches, "'Batches', which is not called"),
        (np.ndarray, "'ndarray', which is not called"),
    ],
)
def test_things_that_are_no_data(method, data, match):
    with pytest.raises(ValueError, match=f"`x` must be an array.*{match}"):
        getattr(games.game(), method)(data)


@pytest.mark.once
@pytest.mark.parametrize("data", [3, "images", [[0.0, 0.0]] * 16, ("a", 1)])
def test_validation_that_is_no_data(data):
    with pytest.raises(ValueError, match="`validation_data` must be an array"):
        games.game().fit(games.points(16), batch_size=8, validation_data=data)


@pytest.mark.once
@pytest.mark.parametrize("element", [3, 0.5, "a", None, (), b"x"])
def test_generators_of_other_things(element):
    data = (e for e in [element] * 8)
    with pytest.raises(ValueError, match="Received"):
        games.game().fit(data, verbose=0)
