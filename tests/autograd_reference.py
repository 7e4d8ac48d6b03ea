"""The games in plain PyTorch, float64, without Keras or kgan.

Both networks are two dense layers with tanh between. Losses, penalties and
the order of updates are written here a second time, from the papers.
"""

import torch
from torch.nn.functional import relu, softplus


class Conditional(list):
    """Weights of a network that takes labels, with those of its batch."""

    labels = None

    def hand_on(self, moved):
        """Gives the weights after an update what goes with these."""
        moved.labels = self.labels


class ConditionalGenerator(Conditional):
    def forward(self, z):
        embedding, *dense = self
        return forward(dense, torch.cat([z, embedding[self.labels]], dim=1))


class ConditionalCritic(Conditional):
    def forward(self, x):
        w1, b1, w2, b2, embedding = self
        h = torch.tanh(x @ w1 + b1)
        projected = (embedding[self.labels] * h).sum(1, keepdim=True)
        return h @ w2 + b2 + projected


def unit(vector):
    return vector / (vector.norm() + 1e-12)


class Normalized(Conditional):
    """Weights of a network whose kernels are spectrally normalized.

    Miyato et al. 2018, algorithm 1, with kernels of (inputs, outputs).
    """

    us = ()

    def iterated(self, index):
        kernel, u = self[2 * index].detach(), self.us[index]
        v = unit(kernel @ u)
        return v, unit(kernel.T @ v)

    def normalized(self, index):
        v, u = self.iterated(index)
        return self[2 * index] / (v @ self[2 * index] @ u)

    def forward(self, x):
        h = torch.tanh(x @ self.normalized(0) + self[1])
        return h @ self.normalized(1) + self[3]

    def hand_on(self, moved):
        super().hand_on(moved)
        moved.us = [self.iterated(index)[1] for index in range(2)]


def forward(weights, x):
    if isinstance(weights, Conditional):
        return weights.forward(x)
    w1, b1, w2, b2 = weights
    return torch.tanh(x @ w1 + b1) @ w2 + b2


def _paired(real, fake):
    return softplus(fake - real).mean()


def _averaged(real, fake):
    above_fake, above_real = real - fake.mean(), fake - real.mean()
    return (softplus(-above_fake).mean() + softplus(above_real).mean()) / 2


# Discriminator's and generator's loss of real and fake logits.
LOSSES = {
    "GAN": (
        lambda a, b: softplus(-a).mean() + softplus(b).mean(),
        lambda a, b: -softplus(b).mean(),
    ),
    "NonSaturatingGAN": (
        lambda a, b: softplus(-a).mean() + softplus(b).mean(),
        lambda a, b: softplus(-b).mean(),
    ),
    "WGAN": (lambda a, b: b.mean() - a.mean(), lambda a, b: -b.mean()),
    "HingeGAN": (
        lambda a, b: relu(1 - a).mean() + relu(1 + b).mean(),
        lambda a, b: -b.mean(),
    ),
    "LeastSquaresGAN": (
        lambda a, b: ((a - 1) ** 2).mean() / 2 + (b**2).mean() / 2,
        lambda a, b: ((b - 1) ** 2).mean() / 2,
    ),
    "RelativisticGAN": (_paired, lambda a, b: _paired(b, a)),
    "RelativisticAverageGAN": (_averaged, lambda a, b: _averaged(b, a)),
}
LOSSES["WGANGP"] = LOSSES["WGAN"]
LOSSES["R3GAN"] = LOSSES["RelativisticGAN"]
LOSSES["DualingGAN"] = (lambda a, b: LOSSES["GAN"][0](a, b) / 2, None)
OF_FEATURES = {
    "FeatureMatchingGAN",
    "SlicedWassersteinGAN",
    "MaxSlicedWassersteinGAN",
}
# Their generators see no logits.
for _name in {"UnrolledGAN", *OF_FEATURES}:
    LOSSES[_name] = (LOSSES["GAN"][0], None)
SEES_REAL = {
    "RelativisticGAN",
    "RelativisticAverageGAN",
    "R3GAN",
    "UnrolledGAN",
    "DualingGAN",
    *OF_FEATURES,
}


def features(critic, x):
    return torch.tanh(x @ critic[0] + critic[1])


def matched_features(critic, real, fake, drawn):
    apart = features(critic, real).mean(0) - features(critic, fake).mean(0)
    return (apart**2).sum()


def sliced(critic, real, fake, drawn):
    """Of directions that are drawn last, and not normalised."""
    loss = 0.0
    for w in drawn[-1]:
        w = w / w.norm()
        real_line, fake_line = (features(critic, x) @ w for x in (real, fake))
        gaps = real_line.sort().values.detach() - fake_line.sort().values
        loss = loss + (gaps**2).mean()
    return loss / len(drawn[-1])


def max_sliced(critic, real, fake, drawn):
    return sliced(critic, real, fake, [critic[2].T.detach()])


class Unrolled:
    """Minus the discriminator's loss after its steps of descent.

    Args:
        steps, rate: Of the inner steps.
        adam: Of the inner steps, `(beta_1, beta_2, epsilon)`; `None` for
            plain descent. They begin where `moments` and `count` are.
    """

    def __init__(self, steps, rate, adam=None, loss=None):
        self.steps, self.rate, self.adam = steps, rate, adam
        self.loss = loss or LOSSES["GAN"][0]
        self.moments, self.count = None, 0

    def of(self, critic, real, fake):
        return self.loss(forward(critic, real), forward(critic, fake))

    def __call__(self, critic, real, fake, drawn):
        moments, count = self.moments, self.count
        weights = critic
        for _ in range(self.steps):
            gradients = torch.autograd.grad(
                self.of(weights, real, fake), weights, create_graph=True
            )
            moves = gradients
            if self.adam:
                moments, count = self.moved(moments, gradients), count + 1
                moves = self.moves(moments, count)
            weights = _like(
                critic,
                [
                    w - self.rate * move
                    for w, move in zip(weights, moves, strict=True)
                ],
            )
        return -self.of(weights, real, fake)

    def moved(self, moments, gradients):
        b1, b2, _ = self.adam
        moments = moments or [(torch.zeros_like(g),) * 2 for g in gradients]
        return [
            (b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2)
            for (m, v), g in zip(moments, gradients, strict=True)
        ]

    def moves(self, moments, count):
        """Of Keras: epsilon is added to the root of the biased moment."""
        b1, b2, epsilon = self.adam
        unbiased = (1 - b2**count) ** 0.5 / (1 - b1**count)
        return [unbiased * m / (v.sqrt() + epsilon) for m, v in moments]

    def descended(self, critic, loss, rate):
        """The discriminator's own update by the same Adam."""
        gradients = torch.autograd.grad(loss, critic)
        self.moments = [
            (m.detach(), v.detach())
            for m, v in self.moved(self.moments, gradients)
        ]
        self.count += 1
        moves = self.moves(self.moments, self.count)
        return _like(
            critic,
            [
                (w - rate * move).detach().requires_grad_()
                for w, move in zip(critic, moves, strict=True)
            ],
        )


class Dualing:
    """Minus what both players of the dualing GAN go up.

    Args:
        C, steps: Of the scores' linearisation.
        radius: Of the cost's linearisation, in place of these.
    """

    def __init__(self, C=1.0, steps=10, radius=None):
        self.C, self.steps, self.radius = C, steps, radius

    def __call__(self, critic, real, fake, drawn):
        if self.radius is not None:
            loss = LOSSES["DualingGAN"][0]
            f = loss(forward(critic, real), forward(critic, fake))
            return self.radius * self.squared(f, critic).sqrt() - f
        shares = self.multipliers(critic, real, fake)
        return -self.dual(critic, real, fake, *shares)

    def of_discriminator(self, critic, real, fake):
        if self.radius is not None:
            loss = LOSSES["DualingGAN"][0]
            return loss(forward(critic, real), forward(critic, fake))
        shares = self.multipliers(critic, real, fake)
        return -self.S(critic, real, fake, *shares)

    def S(self, critic, real, fake, a_share, b_share):
        a, b = forward(critic, real), forward(critic, fake)
        return (a_share * a).mean() / 2 - (b_share * b).mean() / 2

    def squared(self, value, critic):
        gradients = torch.autograd.grad(value, critic, create_graph=True)
        return sum((g**2).sum() for g in gradients if g is not None)

    def dual(self, critic, real, fake, a_share, b_share):
        S = self.S(critic, real, fake, a_share, b_share)
        entropies = [
            -(t * t.log() + (1 - t) * (1 - t).log()).mean()
            for t in (a_share, b_share)
        ]
        steep = self.squared(S, critic) / (2 * self.C)
        return sum(entropies) / 2 - S - steep

    def multipliers(self, critic, real, fake):
        fake = fake.detach()
        both = torch.cat([-forward(critic, real), forward(critic, fake)])
        n = len(real)
        for _ in range(self.steps):
            both = both.detach().requires_grad_()
            t = torch.sigmoid(both)
            value = self.dual(critic, real, fake, t[:n], t[n:])
            (slope,) = torch.autograd.grad(value, both)
            share = (t * (1 - t)).detach()
            move = share * slope
            S = self.S(critic, real, fake, move[:n], move[n:])
            steep = self.squared(S, critic).detach() / self.C
            curvature = steep + (share * slope**2).sum() / (2 * n)
            both = both + slope * (slope**2).sum() / curvature
        t = torch.sigmoid(both).detach()
        return t[:n], t[n:]


def slopes(critic, x):
    """Squared norm of the gradient at each row."""
    x = x.detach().requires_grad_()
    (gradient,) = torch.autograd.grad(
        forward(critic, x).sum(), x, create_graph=True
    )
    return (gradient**2).sum(1)


def r1(critic, real, fake, drawn, gamma=1.0):
    return gamma / 2 * slopes(critic, real).mean()


def r2(critic, real, fake, drawn, gamma=1.0):
    return gamma / 2 * slopes(critic, fake).mean()


def gradient_penalty(
    critic, real, fake, drawn, weight=10.0, target=1.0, one_sided=False
):
    between = drawn * real + (1 - drawn) * fake
    excess = slopes(critic, between).sqrt() - target
    if one_sided:
        excess = excess.clamp(min=0)
    return weight * (excess**2).mean()


def dragan(critic, real, fake, drawn, weight=10.0, scale=0.5, centred=False):
    noise = 2 * drawn["noise"] - 1 if centred else drawn["noise"]
    spread = real.std(correction=0)
    around = real + drawn["share"] * scale * spread * noise
    return weight * ((slopes(critic, around).sqrt() - 1) ** 2).mean()


def finite_difference(critic, real, fake, drawn, weight=100.0, sigma=0.01):
    moved = forward(critic, real + sigma * drawn)
    return weight * ((forward(critic, real) - moved) ** 2).mean()


class LeCam:
    """Remembers the running means of both sides."""

    def __init__(self, weight=0.3, decay=0.99):
        self.weight, self.decay = weight, decay
        self.real = self.fake = 0.0
        self.updates = 0

    def __call__(self, critic, real, fake, drawn):
        a, b = forward(critic, real), forward(critic, fake)
        unbiased = 1 - self.decay**self.updates
        term = torch.zeros((), dtype=torch.float64)
        if self.updates:
            term = (relu(a - self.fake / unbiased) ** 2).mean()
            term = term + (relu(self.real / unbiased - b) ** 2).mean()
        keep = self.decay
        self.real = keep * self.real + (1 - keep) * a.mean().item()
        self.fake = keep * self.fake + (1 - keep) * b.mean().item()
        self.updates += 1
        return self.weight * term


def train(
    objective,
    penalties,
    generator,
    critic,
    real_batches,
    draws,
    n_critic,
    steps,
    rate,
    labels=None,
    generator_objective=None,
    packing=1,
):
    """Trains both players by gradient descent; returns their weights.

    Args:
        objective: Key of LOSSES.
        penalties: Functions `(critic, real, fake, drawn)`.
        generator, critic: Lists of four float64 arrays.
        real_batches: Iterator of real batches, as the step takes them.
        draws: Iterator of `(latents, [drawn for each penalty])`, one per
            update of either player.
        labels: Iterator of the labels of each real batch, for networks that
            are `Conditional`.
        generator_objective: `(critic, real, fake, drawn)`, in place of the
            loss of logits; one with an Adam trains the discriminator, too.
        packing: Samples that the critic takes at once, as one longer vector.
    """
    descended = _descended
    if getattr(generator_objective, "adam", None):
        descended = generator_objective.descended
    discriminator_loss, generator_loss = LOSSES[objective]
    given = generator, critic
    generator, critic = (
        type(weights)(torch.tensor(w, requires_grad=True) for w in weights)
        for weights in given
    )
    for weights, started in zip(given, (generator, critic), strict=True):
        if isinstance(weights, Normalized):
            started.us = [torch.tensor(u) for u in weights.us]

    def real_batch():
        if labels is not None:
            generator.labels = critic.labels = torch.tensor(next(labels))
        return packed(torch.tensor(next(real_batches)))

    def packed(x):
        return x.reshape(len(x) // packing, -1)

    for _ in range(steps):
        for _ in range(n_critic):
            real = real_batch()
            z, drawn = next(draws)
            fake = packed(forward(generator, torch.tensor(z))).detach()
            if hasattr(generator_objective, "of_discriminator"):
                loss = generator_objective.of_discriminator(critic, real, fake)
            else:
                loss = discriminator_loss(
                    forward(critic, real), forward(critic, fake)
                )
            for penalty, numbers in zip(penalties, drawn, strict=False):
                loss = loss + penalty(critic, real, fake, _tensors(numbers))
            critic = descended(critic, loss, rate)
        z, drawn = next(draws)
        if objective in SEES_REAL:
            real = real_batch()
        fake = packed(forward(generator, torch.tensor(z)))
        if generator_objective is None:
            loss = generator_loss(forward(critic, real), forward(critic, fake))
        else:
            numbers = [_tensors(number) for number in drawn]
            loss = generator_objective(critic, real, fake, numbers)
        generator = _descended(generator, loss, rate)
    return [[w.detach().numpy() for w in ws] for ws in (generator, critic)]


def _descended(weights, loss, rate):
    gradients = torch.autograd.grad(loss, weights, allow_unused=True)
    return _like(
        weights,
        [
            (w if g is None else w - rate * g).detach().requires_grad_()
            for w, g in zip(weights, gradients, strict=True)
        ],
    )


def _like(weights, values):
    """The values as a network, with the labels of the batch."""
    moved = type(weights)(values)
    if isinstance(weights, Conditional):
        weights.hand_on(moved)
    return moved


def _tensors(numbers):
    if isinstance(numbers, dict):
        return {name: torch.tensor(n) for name, n in numbers.items()}
    return None if numbers is None else torch.tensor(numbers)
