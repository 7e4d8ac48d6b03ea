"""The message for data that fills no step."""


def too_small(num_samples: int, batch_size: int, n_critic: int) -> str:
    """Says how many samples there are and how many one step needs."""
    need = batch_size * n_critic
    if num_samples == 0:
        return (
            "The data (`x`) is empty. Received: 0 samples; one step needs "
            f"{f'{need} = ' if need else ''}n_critic={n_critic} batches of "
            "the batch size."
        )
    return (
        f"The data (`x`) is too small for one step. Received: {num_samples} "
        f"samples; one step needs {need} = n_critic={n_critic} full batches "
        f"of {batch_size}. Bring more data, a smaller batch size or a "
        "smaller n_critic."
    )
