"""The only code that differs between TensorFlow, JAX and PyTorch."""

import keras

match keras.backend.backend():
    case "tensorflow":
        from kgan.backend.keras_way import keep_state as keep_state
        from kgan.backend.keras_way import needs_weights as needs_weights
        from kgan.backend.keras_way import test_function as test_function
        from kgan.backend.keras_way import train_function as train_function
        from kgan.backend.tensorflow import is_traced as is_traced
        from kgan.backend.tensorflow import (
            keras_jit_compile as keras_jit_compile,
        )
        from kgan.backend.tensorflow import minimize as minimize
        from kgan.backend.tensorflow import random_rows as random_rows
        from kgan.backend.tensorflow import replica as replica
        from kgan.backend.tensorflow import replica_mean as replica_mean
        from kgan.backend.tensorflow import test_step as test_step
        from kgan.backend.tensorflow import train_step as train_step
        from kgan.backend.tensorflow_gradients import (
            value_and_gradients as value_and_gradients,
        )
    case "jax":
        from kgan.backend.jax import is_traced as is_traced
        from kgan.backend.jax import keras_jit_compile as keras_jit_compile
        from kgan.backend.jax import minimize as minimize
        from kgan.backend.jax import random_rows as random_rows
        from kgan.backend.jax import replica as replica
        from kgan.backend.jax import replica_mean as replica_mean
        from kgan.backend.jax import test_function as test_function
        from kgan.backend.jax import test_step as test_step
        from kgan.backend.jax import train_function as train_function
        from kgan.backend.jax import train_step as train_step
        from kgan.backend.jax_gradients import (
            value_and_gradients as value_and_gradients,
        )
        from kgan.backend.jax_state import keep_state as keep_state
        from kgan.backend.jax_state import needs_weights as needs_weights
    case "torch":
        from kgan.backend.keras_way import keep_state as keep_state
        from kgan.backend.keras_way import needs_weights as needs_weights
        from kgan.backend.keras_way import test_function as test_function
        from kgan.backend.keras_way import train_function as train_function
        from kgan.backend.torch import is_traced as is_traced
        from kgan.backend.torch import keras_jit_compile as keras_jit_compile
        from kgan.backend.torch import minimize as minimize
        from kgan.backend.torch import random_rows as random_rows
        from kgan.backend.torch import replica as replica
        from kgan.backend.torch import replica_mean as replica_mean
        from kgan.backend.torch import test_step as test_step
        from kgan.backend.torch import train_step as train_step
        from kgan.backend.torch_gradients import (
            value_and_gradients as value_and_gradients,
        )
    case other:
        raise ImportError(
            "kgan trains on the Keras backends 'tensorflow', 'jax' and "
            f"'torch'. Received: keras.backend.backend()={other!r}. Set the "
            "environment variable KERAS_BACKEND to one of the three before "
            "keras is imported."
        )
