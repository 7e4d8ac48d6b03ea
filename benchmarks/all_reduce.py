"""Prints the bytes that replicas exchange per step, and what they cost.

    python benchmarks/all_reduce.py --replicas 8 --gigabits 100

Every discriminator update averages the discriminator's gradients over all
replicas. Every generator update averages the generator's. This makes
n_critic + 1 messages per step. A ring all-reduce of M bytes over N replicas
takes at least

    2 (N - 1) / N * M / bandwidth + 2 (N - 1) * latency

(Patarasu and Yuan 2009, "Bandwidth optimal all-reduce algorithms"). The table
shows that bound. Nothing is timed.
"""

import argparse
import math
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import kgan

parser = argparse.ArgumentParser(
    description=__doc__.splitlines()[0],
    formatter_class=argparse.ArgumentDefaultsHelpFormatter,
)
option = parser.add_argument
option("--replicas", type=int, default=8, help="N")
option("--gigabits", type=float, default=100, help="bandwidth per second")
option("--microseconds", type=float, default=10, help="latency of a message")
args = parser.parse_args()

architectures = kgan.architectures
NETWORKS = {
    "mlp, 2-D": (
        architectures.mlp_generator(output_dim=2, latent_dim=2),
        architectures.mlp_discriminator(input_dim=2),
    )
} | {
    f"dcgan, {size}x{size}x{channels}": (
        architectures.dcgan_generator((size, size, channels), latent_dim=128),
        architectures.dcgan_discriminator((size, size, channels)),
    )
    for size, channels in ((28, 1), (32, 3), (64, 3))
}


def trainable(network):
    return sum(math.prod(w.shape) for w in network.trainable_weights)


print(
    "| networks | weights of generator, discriminator | MB per step, "
    "n_critic 1 | n_critic 5 | least ms per step, n_critic 1 | n_critic 5 |"
)
print("|---|---|---|---|---|---|")
for name, networks in NETWORKS.items():
    generator, discriminator = map(trainable, networks)
    cells = [name, f"{generator:,}, {discriminator:,}"]
    for unit in ("MB", "ms"):
        for n_critic in (1, 5):
            # float32 gradients, also under mixed_bfloat16.
            megabytes = 4e-6 * (n_critic * discriminator + generator)
            passes = 2 * (args.replicas - 1)
            milliseconds = (
                passes / args.replicas * megabytes * 8 / args.gigabits
                + (n_critic + 1) * passes * args.microseconds / 1e3
            )
            cells.append(f"{megabytes if unit == 'MB' else milliseconds:.2f}")
    print(f"| {' | '.join(cells)} |")
