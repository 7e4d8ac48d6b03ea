"""Times a step of SNGAN's and of R3GAN's networks on 32x32 colour images.

    KERAS_BACKEND=jax python benchmarks/networks.py --device gpu --steps 100
    KERAS_BACKEND=torch python benchmarks/networks.py --network r3gan --rounds 9

`sngan32` is the hinge loss with SNGAN's residual networks and five updates of
the discriminator. `r3gan` is R3GAN with its small networks, R1 and R2. Each
runs in float32 and in bfloat16, where weights, logits and penalties stay
float32. Images are random, and in memory.

A row has the median time of a step and its range over rounds, the real images
per second that the discriminator is trained on, and the share of the machine's
peak. The peak is that of a large matrix product or convolution of the same
precision in the same run, whichever is faster. The share counts the products
that the method needs: a graph that computes one twice has a smaller share.
"""

import argparse
import importlib
import json
import time
from pathlib import Path

import step

SHAPE = (32, 32, 3)
NETWORKS = ("sngan32", "r3gan")
DTYPES = ("float32", "bfloat16")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("--network", nargs="+", choices=NETWORKS, default=[*NETWORKS])
    option("--dtype", nargs="+", choices=DTYPES, default=[*DTYPES])
    option("--batch-size", type=int, default=64)
    option("--width", type=int, help="of the widest stage; None: the paper's")
    option("--steps", type=int, default=20, help="per round")
    option("--rounds", type=int, default=5)
    option("--peak-size", type=int, help="of the matrices; None: by the device")
    option("--device", choices=["cpu", "gpu"], default="cpu")
    option("--jit-compile", action="store_true", help="else Keras decides")
    option("--out", type=Path, help="JSON file")
    return parser.parse_args()


def built(name: str, width: int | None):
    """Builds a compiled game."""
    import keras

    import kgan

    kinds = kgan.architectures
    if name == "sngan32":
        adams = [keras.optimizers.Adam(2e-4, 0.0, 0.9) for _ in range(2)]
        half = None if width is None else max(1, width // 2)
        return kgan.HingeGAN(
            kinds.resnet_generator(SHAPE, 128, width),
            kinds.resnet_discriminator(SHAPE, half),
            n_critic=5,
            seed=0,
        ), adams
    named = {} if width is None else {"widths": (width, width // 2, width // 4)}
    arguments, adams = kgan.scripts.small_r3gan(images=10_000_000)
    generator = kinds.r3gan_generator(SHAPE, **named)
    discriminator = kinds.r3gan_discriminator(SHAPE, **named)
    return kgan.R3GAN(generator, discriminator, seed=0, **arguments), adams


def products(network) -> int:
    """Counts the multiplications of a forward pass of one sample."""
    import numpy as np

    from kgan.layers import unwrapped

    total = 0
    for layer in network.layers:
        kernel = getattr(unwrapped(layer), "kernel", None)
        if kernel is not None:
            # A kernel of four axes is used at each pixel of the result.
            pixels = layer.output.shape[1:-1] if len(kernel.shape) == 4 else ()
            total += int(np.prod(kernel.shape) * np.prod(pixels or (1,)))
    return total


def step_flops(gan, batch_size: int) -> int:
    """Counts a step's products: a multiplication and an addition are two.

    A backward pass to weights and inputs costs two forward passes. R1 and R2
    differentiate both the forward pass and the pass back to the images. This
    makes six passes instead of three, of real and of generated samples. A
    generator update of R3GAN judges real samples too.
    """
    generator, critic = products(gan.generator), products(gan.discriminator)
    passes = 6 if gan.penalties else 3
    judged = gan.batches_per_step - gan.n_critic
    per_sample = gan.n_critic * (generator + 2 * passes * critic)
    per_sample += 3 * generator + (2 + judged) * critic
    return 2 * batch_size * per_sample


def timed(name: str, dtype: str, args, peak: float) -> dict:
    """Makes a row: a network in a precision."""
    import cases
    import numpy as np

    cases.set_precision(dtype)
    gan, optimizers = built(name, args.width)
    jit_compile = True if args.jit_compile else "auto"
    gan.compile(*optimizers, jit_compile=jit_compile)
    per_step = gan.batches_per_step * args.batch_size
    random = np.random.default_rng(0)
    shape = (args.steps * per_step, *SHAPE)
    images = random.uniform(-1, 1, shape).astype("float32")

    def run(num: int) -> float:
        """Measures seconds per step."""
        start = time.perf_counter()
        gan.fit(
            images[: num * per_step],
            batch_size=args.batch_size,
            shuffle=False,
            verbose=0,
        )
        return (time.perf_counter() - start) / num

    # The first call compiles. On PyTorch the second does too.
    first = [run(min(3, args.steps)) for _ in range(2)][0]
    seconds = [run(args.steps) for _ in range(args.rounds)]
    median = float(np.median(seconds))
    flops = step_flops(gan, args.batch_size)
    return {
        "network": name,
        "dtype": dtype,
        "batch_size": args.batch_size,
        "n_critic": gan.n_critic,
        "parameters": [
            gan.generator.count_params(),
            gan.discriminator.count_params(),
        ],
        "first_seconds_per_step": first,
        "seconds_per_step": seconds,
        "ms": median * 1e3,
        "images_per_second": gan.n_critic * args.batch_size / median,
        "flops": flops,
        "share_of_peak": flops / median / peak,
    }


def main() -> None:
    args = parse()
    step.choose_device(args.device)
    import keras

    backend = keras.backend.backend()
    facts = step.machine(backend, args.device)
    size = args.peak_size or (8192 if args.device == "gpu" else 1024)
    native = importlib.import_module(f"native.{backend}")
    result = {**facts, "arguments": vars(args) | {"out": None}, "rows": []}
    print("| network | precision | ms | images/s | share of peak |")
    print("|---|---|---|---|---|")
    for dtype in args.dtype:
        peak = max(native.peak(dtype, size).values())
        result[f"peak_flops_{dtype}"] = peak
        for name in args.network:
            row = timed(name, dtype, args, peak)
            result["rows"].append(row)
            low, high = (f(row["seconds_per_step"]) for f in (min, max))
            print(
                f"| {name} | {dtype} | {row['ms']:.4g} ({low * 1e3:.4g} to "
                f"{high * 1e3:.4g}) | {row['images_per_second']:.4g} | "
                f"{row['share_of_peak']:.1%} |",
                flush=True,
            )
        print(f"peak in {dtype}: {peak / 1e12:.3g} TFLOP/s", flush=True)
    if args.out:
        args.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
