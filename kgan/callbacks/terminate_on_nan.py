"""The end of a training that has diverged."""

import keras

from kgan.logs import LOSSES


class TerminateOnNaN(keras.callbacks.TerminateOnNaN):
    """Stops the training when a player's loss is NaN or infinite.

    Keras's callback of this name looks at a log called `loss`. A GAN does not
    have one, so Keras's callback never stops it.

    Args:
        raise_error: Boolean, whether to raise a RuntimeError instead of
            stopping.

    Raises:
        ValueError: If `raise_error` is not a boolean.

    Example:

    ```python
    gan.fit(dataset, callbacks=[kgan.callbacks.TerminateOnNaN()])
    ```
    """

    def __init__(self, raise_error: bool = False):
        if not isinstance(raise_error, bool):
            raise ValueError(
                "`raise_error` must be True or False. Received: "
                f"raise_error={raise_error!r}"
            )
        super().__init__(raise_error)

    def on_batch_end(self, batch, logs=None):
        for name in LOSSES:
            if logs and name in logs:
                loss = keras.ops.convert_to_numpy(logs[name])
                super().on_batch_end(batch, {"loss": loss})
