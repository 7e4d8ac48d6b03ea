"""Training many models in one process, as in a search or a loop."""

import logging

import games
import keras
import pytest

if keras.backend.backend() != "tensorflow":
    pytest.skip("TensorFlow alone counts traces", allow_module_level=True)


@pytest.fixture
def logged():
    """Messages of TensorFlow's logger while a test runs."""
    messages = []
    handler = logging.Handler()
    handler.emit = lambda record: messages.append(record.getMessage())
    logger = logging.getLogger("tensorflow")
    logger.addHandler(handler)
    yield messages
    logger.removeHandler(handler)


def test_no_warning_of_traces(logged):
    """TensorFlow warns from the fifth model on, and only twice."""
    for _ in range(6):
        gan = games.game(n_critic=1)
        gan.fit(
            games.points(16),
            batch_size=8,
            validation_data=games.points(12),
            validation_batch_size=8,
            verbose=0,
        )
    assert [m for m in logged if "retracing" in m] == []
