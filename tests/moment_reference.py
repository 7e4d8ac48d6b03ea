"""Games of kernels and slices in plain PyTorch, float64, without kgan.

Written a second time, from the papers: pair by pair, with whole arrays of
differences. All networks are two dense layers with tanh between.
"""

import torch
from autograd_reference import forward


def squares(x, y):
    return ((x[:, None] - y[None]) ** 2).sum(-1)


def gaussian(*sigmas):
    return lambda x, y: sum(
        torch.exp(-squares(x, y) / (2 * sigma**2)) for sigma in sigmas
    )


def squared_exponential(*bandwidths):
    return lambda x, y: sum(
        torch.exp(-squares(x, y) / (2 * s)) for s in bandwidths
    )


def rational_quadratic(*alphas, linear=False):
    return lambda x, y: (
        sum((1 + squares(x, y) / (2 * alpha)) ** -alpha for alpha in alphas)
        + (x @ y.T if linear else 0)
    )


def distance(x, y):
    # The derivative of a root at 0 is infinite, and 0 times that no number.
    apart = squares(x, y)
    away = torch.where(apart > 0, apart, torch.ones(()).double()).sqrt()
    away = torch.where(apart > 0, away, torch.zeros(()).double())
    return x.norm(dim=1)[:, None] + y.norm(dim=1)[None] - away


def biased(kernel, x, y):
    return kernel(x, x).mean() + kernel(y, y).mean() - 2 * kernel(x, y).mean()


def unbiased(kernel, x, y):
    def of_pairs(z):
        num = len(z)
        others = ~torch.eye(num, dtype=torch.bool)
        return kernel(z, z)[others].sum() / (num * (num - 1))

    return of_pairs(x) + of_pairs(y) - 2 * kernel(x, y).mean()


def sliced(real, fake, directions):
    return torch.stack(
        [
            ((real @ u).sort().values - (fake @ u).sort().values) ** 2
            for u in directions
        ]
    ).mean()


def feature_loss(kernel, real, fake, form, weight=16.0):
    """What the generator minimises of features, the discriminator of -L."""
    if form == "2018":
        return unbiased(kernel, real, fake)
    behind = torch.relu(-(real.mean(0) - fake.mean(0))).mean()
    return biased(kernel, real, fake).sqrt() - weight * behind


def witness_penalty(kernel, critic, real, fake, drawn, weight=1.0):
    between = (drawn * real + (1 - drawn) * fake).requires_grad_()
    h, x, y = (forward(critic, samples) for samples in (between, real, fake))
    witness = (kernel(h, x).mean(1) - kernel(h, y).mean(1)).sum()
    (slopes,) = torch.autograd.grad(witness, between, create_graph=True)
    return weight * ((slopes.norm(dim=1) - 1) ** 2).mean()


def feature_norm(critic, real, fake, weight=1.0):
    return weight * sum(
        (forward(critic, samples) ** 2).mean() for samples in (real, fake)
    )


def reconstruction(critic, decoder, samples):
    decoded = forward(decoder, forward(critic, samples))
    return ((decoded - samples) ** 2).mean()


def variables(weights):
    return [torch.tensor(w, requires_grad=True) for w in weights]


def descended(weights, loss, rate):
    gradients = torch.autograd.grad(loss, weights)
    return [
        (w - rate * g).detach().requires_grad_()
        for w, g in zip(weights, gradients, strict=True)
    ]


def train_alone(loss, generator, real_batches, draws, rate):
    """Trains a generator by `loss(real, fake, drawn)`; returns its weights."""
    generator = variables(generator)
    for real in real_batches:
        latents, drawn = next(draws)
        fake = forward(generator, torch.tensor(latents))
        value = loss(torch.tensor(real), fake, drawn)
        generator = descended(generator, value, rate)
    return [w.detach().numpy() for w in generator]


def train_mmd_gan(
    loss,
    penalties,
    generator,
    critic,
    decoder,
    real_batches,
    draws,
    n_critic,
    rate,
    clip=None,
):
    """Trains an MMD-GAN; returns the weights of its three networks.

    Args:
        loss: L of `(real features, fake features)`.
        penalties: Functions `(critic, real, fake, drawn)`.
        decoder: Weights of features to samples, or an empty list.
        draws: Iterator of `(latents, drawn)`, one for each update.
        clip: Bound of the critic's weights, not of the decoder's.
    """
    generator, critic, decoder = map(variables, (generator, critic, decoder))
    num = len(critic)
    batches = iter([torch.tensor(real) for real in real_batches])
    for first in batches:
        for i in range(n_critic):
            real = first if i == 0 else next(batches)
            latents, drawn = next(draws)
            fake = forward(generator, torch.tensor(latents)).detach()
            value = -loss(forward(critic, real), forward(critic, fake))
            if decoder:
                for samples in (real, fake):
                    value = value + 8 * reconstruction(critic, decoder, samples)
            for penalty in penalties:
                value = value + penalty(critic, real, fake, drawn)
            both = descended([*critic, *decoder], value, rate)
            critic, decoder = both[:num], both[num:]
            if clip is not None:
                critic = [
                    w.detach().clamp(-clip, clip).requires_grad_()
                    for w in critic
                ]
        real, (latents, _) = next(batches), next(draws)
        fake = forward(generator, torch.tensor(latents))
        value = loss(forward(critic, real), forward(critic, fake))
        generator = descended(generator, value, rate)
    return [
        [w.detach().numpy() for w in ws] for ws in (generator, critic, decoder)
    ]
