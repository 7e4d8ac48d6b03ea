"""The message for data that fills no step."""


def shortage(num_samples: int, batch_size: int, per_step: int) -> str:
    """Says how many samples there are and how many one step needs."""
    need = batch_size * per_step
    if num_samples == 0:
        return (
            "The data (`x`) is empty. Received: 0 samples; one step needs "
            f"{f'{need} = ' if need else ''}{per_step} batches of the batch "
            "size."
        )
    return (
        f"The data (`x`) is too small for one step. Received: {num_samples} "
        f"samples; one step needs {need} = {per_step} full batches of "
        f"{batch_size}, one for each update that sees real samples. Bring "
        "more data, a smaller batch size or a smaller n_critic."
    )
