"""Times kgan's WGAN step against a hand-written loop of the same step.

    KERAS_BACKEND=tensorflow python benchmarks/step.py
    KERAS_BACKEND=jax python benchmarks/step.py
    KERAS_BACKEND=torch python benchmarks/step.py

The nets are those of the ring of Gaussians, three dense layers of 128 ReLU
units each, batch 256, RMSprop and clip. The hand-written loop is what one
would write in the backend itself: `tf.function`, `jax.jit`, eager PyTorch.
Rounds of both alternate, since machines are noisy: the ratio is the result,
the milliseconds are not. Prints one JSON line.
"""

import argparse
import json
import time

import keras
import numpy as np

import kgan

UNITS, BATCH, CLIP, RATE, RHO, EPSILON = 128, 256, 0.01, 5e-5, 0.99, 1e-16


def networks():
    keras.utils.set_random_seed(0)
    build = kgan.architectures
    generator = build.mlp_generator(2, 2, [UNITS] * 3)
    inputs = keras.Input((2,))
    x = inputs
    for _ in range(3):
        x = keras.layers.Dense(UNITS, "relu")(x)
    return generator, keras.Model(inputs, keras.layers.Dense(1)(x))


def native_tensorflow(weights, n_critic):
    import tensorflow as tf

    generator, critic = ([tf.Variable(w) for w in ws] for ws in weights)
    squares = {
        v.ref(): tf.Variable(tf.zeros_like(v)) for v in generator + critic
    }

    def net(variables, x):
        for i in range(0, 6, 2):
            x = tf.nn.relu(x @ variables[i] + variables[i + 1])
        return x @ variables[6] + variables[7]

    def update(variables, loss):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            value = loss()
        for v, g in zip(
            variables, tape.gradient(value, variables), strict=True
        ):
            s = squares[v.ref()]
            s.assign(RHO * s + (1 - RHO) * g * g)
            v.assign_sub(RATE * g * tf.math.rsqrt(s + EPSILON))

    @tf.function
    def step(real):
        for i in range(n_critic):
            fake = net(generator, tf.random.normal((BATCH, 2)))
            update(
                critic,
                lambda i=i, fake=fake: (
                    tf.reduce_mean(net(critic, fake))
                    - tf.reduce_mean(net(critic, real[i]))
                ),
            )
            for v in critic:
                v.assign(tf.clip_by_value(v, -CLIP, CLIP))
        z = tf.random.normal((BATCH, 2))
        update(
            generator, lambda: -tf.reduce_mean(net(critic, net(generator, z)))
        )

    return lambda real: step(tf.constant(real))


def native_jax(weights, n_critic):
    import jax
    import jax.numpy as jnp

    generator, critic = ([jnp.asarray(w) for w in ws] for ws in weights)
    zeros = [[jnp.zeros_like(w) for w in ws] for ws in (generator, critic)]
    state = [generator, critic, *zeros, jax.random.key(0)]

    def net(w, x):
        for i in range(0, 6, 2):
            x = jax.nn.relu(x @ w[i] + w[i + 1])
        return x @ w[6] + w[7]

    def update(weights, squares, gradients):
        squares = [
            RHO * s + (1 - RHO) * g * g
            for s, g in zip(squares, gradients, strict=True)
        ]
        moved = zip(weights, gradients, squares, strict=True)
        weights = [
            w - RATE * g * jax.lax.rsqrt(s + EPSILON) for w, g, s in moved
        ]
        return weights, squares

    def critic_loss(critic, fake, real):
        return net(critic, fake).mean() - net(critic, real).mean()

    @jax.jit
    def step(generator, critic, squares_g, squares_c, key, real):
        for i in range(n_critic):
            key, draw = jax.random.split(key)
            fake = net(generator, jax.random.normal(draw, (BATCH, 2)))
            gradients = jax.grad(critic_loss)(critic, fake, real[i])
            critic, squares_c = update(critic, squares_c, gradients)
            critic = [jnp.clip(w, -CLIP, CLIP) for w in critic]
        key, draw = jax.random.split(key)
        z = jax.random.normal(draw, (BATCH, 2))
        gradients = jax.grad(lambda g: -net(critic, net(g, z)).mean())(
            generator
        )
        generator, squares_g = update(generator, squares_g, gradients)
        return [generator, critic, squares_g, squares_c, key]

    def run(real):
        state[:] = step(*state, real)
        jax.block_until_ready(state[0])

    return run


def native_torch(weights, n_critic):
    import torch

    nets = []
    for ws in weights:
        layers = []
        for i in range(0, 8, 2):
            linear = torch.nn.Linear(*ws[i].shape)
            linear.weight.data = torch.tensor(ws[i].T.copy())
            linear.bias.data = torch.tensor(ws[i + 1])
            layers += [linear, torch.nn.ReLU()]
        nets.append(torch.nn.Sequential(*layers[:-1]))
    generator, critic = nets
    optimizers = [torch.optim.RMSprop(n.parameters(), RATE, RHO) for n in nets]

    def run(real):
        real = torch.from_numpy(real)
        for i in range(n_critic):
            with torch.no_grad():
                fake = generator(torch.randn(BATCH, 2))
            optimizers[1].zero_grad()
            (critic(fake).mean() - critic(real[i]).mean()).backward()
            optimizers[1].step()
            with torch.no_grad():
                for parameter in critic.parameters():
                    parameter.clamp_(-CLIP, CLIP)
        optimizers[0].zero_grad()
        (-critic(generator(torch.randn(BATCH, 2))).mean()).backward()
        optimizers[0].step()

    return run


NATIVE = {
    "tensorflow": native_tensorflow,
    "jax": native_jax,
    "torch": native_torch,
}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--n-critic", type=int, default=5)
    parser.add_argument("--steps", type=int, default=200, help="per round")
    parser.add_argument("--rounds", type=int, default=7)
    args = parser.parse_args()
    backend = keras.backend.backend()
    generator, critic = networks()
    weights = [model.get_weights() for model in (generator, critic)]
    native = NATIVE[backend](weights, args.n_critic)
    gan = kgan.WGAN(generator, critic, n_critic=args.n_critic, seed=0)
    gan.compile()
    clip = kgan.callbacks.WeightClip(CLIP)
    num = args.steps * args.n_critic * BATCH
    samples = kgan.data.ring_of_gaussians().sample(num)
    batches = samples.reshape(args.steps, args.n_critic, BATCH, 2)
    times = {"kgan": [], "native": []}
    for number in range(args.rounds + 1):  # The first compiles.
        start = time.perf_counter()
        for batch in batches:
            native(batch)
        middle = time.perf_counter()
        gan.fit(samples, batch_size=BATCH, callbacks=[clip], verbose=0)
        end = time.perf_counter()
        if number:
            times["native"].append((middle - start) / args.steps * 1e3)
            times["kgan"].append((end - middle) / args.steps * 1e3)
    ratios = np.divide(times["kgan"], times["native"])
    result = {
        "backend": backend,
        "n_critic": args.n_critic,
        "kgan_ms": round(float(np.median(times["kgan"])), 2),
        "native_ms": round(float(np.median(times["native"])), 2),
        "ratio": round(float(np.median(ratios)), 3),
        "ratio_range": [
            round(float(r), 3) for r in (ratios.min(), ratios.max())
        ],
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
