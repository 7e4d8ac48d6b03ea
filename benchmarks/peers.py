"""Times kgan's step against the GAN examples of keras.io on the same nets.

    python benchmarks/peers.py \\
        --gan keras-io/examples/generative/dcgan_overriding_train_step.py \\
        --wgan-gp keras-io/examples/generative/wgan_gp.py

Takes copies of the two scripts (https://github.com/keras-team/keras-io) and
runs only their model classes, by `fit` on TensorFlow. Networks (kgan's DCGAN
for 28x28 images), batches and optimizers are the same. Rounds alternate. The
WGAN-GP example runs as it is, with `n_critic` critic updates on one batch; kgan
takes a fresh batch for each. It runs once more without its penalty, which is
more work than a clip. Prints one JSON line; the ratios are the result.
"""

import argparse
import ast
import json
import os
import time
from pathlib import Path

import numpy as np

CASE = "dcgan28"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    option = parser.add_argument
    option("--gan", type=Path, required=True, help="the DCGAN example")
    option("--wgan-gp", type=Path, required=True, help="the WGAN-GP example")
    option("--n-critic", type=int, default=3, help="the example: 3")
    option("--batch-size", type=int, default=64)
    option("--steps", type=int, default=20, help="per round")
    option("--rounds", type=int, default=5)
    option("--device", choices=["cpu", "gpu"], default="cpu")
    return parser.parse_args()


def class_of(script: Path, name: str) -> type:
    """Returns a class of a script, without its data and training."""
    import keras
    import tensorflow as tf

    tree = ast.parse(script.read_text())
    found = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == name
    ]
    if not found:
        raise SystemExit(f"{script}: no class {name}")
    tree.body = found
    names = {"keras": keras, "tf": tf, "__name__": script.stem}
    exec(compile(tree, str(script), "exec"), names)
    return names[name]


def main() -> None:
    args = parse()
    from step import choose_device, machine

    os.environ["KERAS_BACKEND"] = "tensorflow"
    choose_device(args.device)
    facts = machine("tensorflow", args.device)
    import keras
    import tensorflow as tf
    from cases import CASES, networks, samples

    import kgan

    case = CASES[CASE]

    def adam() -> list:
        return [keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(2)]

    def ours(model: type, n_critic: int):
        gan = model(*networks(case), n_critic=n_critic, seed=0)
        gan.compile(*adam())
        return gan

    def gan_of_keras_io():
        generator, discriminator = networks(case)
        gan = class_of(args.gan, "GAN")(
            discriminator, generator, case.latent_dim
        )
        gan.compile(*adam(), keras.losses.BinaryCrossentropy(from_logits=True))
        return gan

    def wgan_of_keras_io(penalty: bool):
        kind = class_of(args.wgan_gp, "WGAN")
        if not penalty:
            kind = type("WGAN", (kind,), {"gradient_penalty": lambda *_: 0.0})
        generator, discriminator = networks(case)
        gan = kind(discriminator, generator, case.latent_dim, args.n_critic)
        gan.compile(
            *adam(),
            lambda real_img, fake_img: (
                tf.reduce_mean(fake_img) - tf.reduce_mean(real_img)
            ),
            lambda fake_img: -tf.reduce_mean(fake_img),
        )
        return gan

    # Batches that each takes for one step.
    models = {
        "gan: kgan": (ours(kgan.GAN, 1), 1),
        "gan: keras.io": (gan_of_keras_io(), 1),
        "wgan: kgan": (ours(kgan.WGAN, args.n_critic), args.n_critic),
        "wgan: keras.io without penalty": (wgan_of_keras_io(False), 1),
        "wgan: keras.io": (wgan_of_keras_io(True), 1),
    }
    ms: dict[str, list[float]] = {name: [] for name in models}
    for number in range(args.rounds + 1):  # The first one compiles.
        for name, (gan, batches) in models.items():
            images = samples(case, args.steps * batches * args.batch_size)
            data = tf.data.Dataset.from_tensor_slices(images)
            data = data.batch(args.batch_size, drop_remainder=True)
            clip = [kgan.callbacks.WeightClip(0.01)]
            callbacks = clip if name == "wgan: kgan" else []
            start = time.perf_counter()
            gan.fit(data, callbacks=callbacks, verbose=0)
            if number:
                seconds = time.perf_counter() - start
                ms[name].append(seconds / args.steps * 1e3)
    result = {
        **facts,
        "n_critic": args.n_critic,
        "batch_size": args.batch_size,
        "steps": args.steps,
        "rounds": args.rounds,
        "ms": {name: round(float(np.median(x)), 2) for name, x in ms.items()},
    }
    for kind in ("gan", "wgan"):
        for name in ms:
            if name.startswith(f"{kind}: keras.io"):
                each = np.divide(ms[f"{kind}: kgan"], ms[name])
                low, high = (round(float(f(each)), 3) for f in (min, max))
                result[f"kgan / {name}"] = {
                    "median": round(float(np.median(each)), 3),
                    "range": [low, high],
                }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
