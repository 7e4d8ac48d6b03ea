"""Trains WGAN in PyTorch: eager, and under `torch.compile`.

Images are NCHW inside, as PyTorch's convolutions want them; `channels_last`
keeps them as NHWC in memory.
"""

import numpy as np
import torch
import torch.nn.functional as F

import native
from native import CLIP, EPSILON, MOMENTUM, NORM_EPSILON, RATE, RHO, SLOPE
from native.torch_layout import Layout

VARIANTS = ("eager", "eager_channels_last", "compiled")


def device():
    return "cuda" if torch.cuda.is_available() else "cpu"


def wait(result=None):
    if device() == "cuda":
        torch.cuda.synchronize()


def build(case, weights, n_critic, variant, dtype="float32", epsilon=EPSILON):
    return Loop(case, weights, n_critic, variant, dtype, epsilon)


class Loop(Layout):
    clip: float | None = CLIP

    def __init__(self, case, weights, n_critic, variant, dtype, epsilon):
        self.epsilon = epsilon
        self.case, self.n_critic, self.dtype = case, n_critic, dtype
        self.device = device()
        self.last = variant.endswith("channels_last")
        trained, statistics = native.split(case, weights[0])
        self.hidden = len(statistics) // 2
        self.size = native.base_size(case, self.hidden)
        self.generator = self.load(self.generator_from_keras(trained))
        self.critic = self.load(self.critic_from_keras(weights[1]))
        # Without a gradient, so that the generator's update computes none.
        self.judges = [w.detach() for w in self.critic]
        # PyTorch keeps the unbiased variance and Keras the biased one: they
        # differ by a factor that a moving average carries along.
        self.bias = [
            1 - 1 / (case.batch_size * (self.size * 2**i) ** 2)
            for i in range(self.hidden)
        ]
        self.statistics = [
            torch.tensor(w / self.bias[i // 2] if i % 2 else w).to(self.device)
            for i, w in enumerate(statistics)
        ]
        self.squares = {
            id(player): [torch.zeros_like(w) for w in player]
            for player in (self.generator, self.critic)
        }
        compiled = torch.compile if variant == "compiled" else lambda f: f
        self.fakes = compiled(torch.no_grad()(self.generate))
        self.critic_loss = compiled(self.critic_loss)
        self.generator_loss = compiled(self.generator_loss)
        self.rmsprop = compiled(rmsprop)

    def load(self, arrays):
        tensors = []
        for array in arrays:
            w = torch.tensor(np.ascontiguousarray(array)).to(self.device)
            if self.last and w.ndim == 4:
                w = w.contiguous(memory_format=torch.channels_last)
            tensors.append(w.requires_grad_())
        return tensors

    def run(self, batches):
        shape = (
            self.n_critic + 1,
            self.case.batch_size,
            self.case.latent_dim,
        )
        self.step(batches, torch.randn(shape, device=self.device))

    def run_given(self, batches, latents):
        self.step(batches, torch.tensor(np.stack(latents)).to(self.device))

    def synchronize(self):
        wait()

    def weights(self):
        trained, critic = (
            [w.detach().cpu().numpy() for w in player]
            for player in (self.generator, self.critic)
        )
        statistics = [
            w.cpu().numpy() * np.float32(self.bias[i // 2] if i % 2 else 1)
            for i, w in enumerate(self.statistics)
        ]
        trained = self.generator_to_keras(trained)
        return native.join(trained, statistics), self.critic_to_keras(critic)

    def step(self, batches, latents):
        real = torch.from_numpy(batches).to(self.device)
        if self.case.convolutional:
            real = real.permute(0, 1, 4, 2, 3)
            if not self.last:
                real = real.contiguous()
        else:
            # The samples of a batch do not depend on one another.
            fakes = self.fakes(latents[:-1].flatten(0, 1))
            fakes = fakes.view(real.shape)
        for i in range(self.n_critic):
            if self.case.convolutional:
                fake = self.fakes(latents[i])
            else:
                fake = fakes[i]
            loss = self.critic_loss(torch.cat([fake, real[i]]))
            gradients = torch.autograd.grad(loss, self.critic)
            self.update(self.critic, gradients, self.clip)
        loss = self.generator_loss(latents[-1])
        gradients = torch.autograd.grad(loss, self.generator)
        self.update(self.generator, gradients, None)

    def update(self, player, gradients, clip):
        with torch.no_grad():
            squares = self.squares[id(player)]
            self.rmsprop(player, squares, gradients, self.epsilon, clip)

    def critic_loss(self, both):
        fake_logits, real_logits = self.judge(self.critic, both).chunk(2)
        return fake_logits.mean() - real_logits.mean()

    def generator_loss(self, latents):
        return -self.judge(self.judges, self.generate(latents)).mean()

    def low_precision(self, enabled=True):
        return torch.autocast(
            self.device,
            dtype=torch.bfloat16,
            enabled=enabled and self.dtype == "bfloat16",
        )

    def mlp(self, w, x):
        with self.low_precision():
            for i in range(0, 6, 2):
                x = F.relu(F.linear(x, w[i], w[i + 1]))
        return F.linear(x.float(), w[6], w[7])

    def generate(self, z):
        w = self.generator
        if not self.case.convolutional:
            return self.mlp(w, z)
        with self.low_precision():
            x = F.linear(z, w[0])
            if self.last:
                x = x.view(-1, self.size, self.size, len(w[1]))
                x = x.permute(0, 3, 1, 2)
            else:
                x = x.view(-1, len(w[1]), self.size, self.size)
            for i in range(self.hidden):
                if i:
                    x = F.conv_transpose2d(x, w[3 * i], stride=2, padding=1)
                x = F.batch_norm(
                    x,
                    *self.statistics[2 * i : 2 * i + 2],
                    *w[3 * i + 1 : 3 * i + 3],
                    training=True,
                    momentum=1 - MOMENTUM,
                    eps=NORM_EPSILON,
                )
                x = F.relu(x)
        return torch.tanh(
            F.conv_transpose2d(x.float(), w[-2], w[-1], stride=2, padding=1)
        )

    def judge(self, w, x):
        if not self.case.convolutional:
            return self.mlp(w, x)
        with self.low_precision():
            x = F.conv2d(x, w[0], w[1], stride=2, padding=1)
            x = F.leaky_relu(x, SLOPE)
            for i in range(2, len(w) - 2, 4):
                x = F.conv2d(x, w[i], w[i + 1], stride=2, padding=1)
                x = self.to_memory(x)
                x = F.layer_norm(
                    x, w[i + 2].shape, w[i + 2], w[i + 3], NORM_EPSILON
                )
                x = F.leaky_relu(self.from_memory(x), SLOPE)
        return F.linear(self.to_memory(x).flatten(1).float(), w[-2], w[-1])

    def to_memory(self, x):
        """Orders the axes as they are in memory."""
        return x.permute(0, 2, 3, 1) if self.last else x

    def from_memory(self, x):
        return x.permute(0, 3, 1, 2) if self.last else x


def rmsprop(weights, squares, gradients, epsilon, clip):
    """Updates as Keras: epsilon is within the root, and a clip may follow."""
    torch._foreach_mul_(squares, RHO)
    torch._foreach_addcmul_(squares, gradients, gradients, value=1 - RHO)
    scales = torch._foreach_add(squares, epsilon)
    torch._foreach_rsqrt_(scales)
    torch._foreach_addcmul_(weights, gradients, scales, value=-RATE)
    if clip is not None:
        torch._foreach_clamp_min_(weights, -clip)
        torch._foreach_clamp_max_(weights, clip)


class Penalised(Loop):
    """Trains NonSaturatingGAN with R1 and R2, which share one pass back."""

    gamma: float
    clip = None

    def critic_loss(self, both):
        both = both.detach().requires_grad_()
        logits = self.judge(self.critic, both)
        (slopes,) = torch.autograd.grad(logits.sum(), both, create_graph=True)
        fake_logits, real_logits = logits.chunk(2)
        loss = F.softplus(fake_logits) + F.softplus(-real_logits)
        return loss.mean() + self.gamma * (slopes**2).sum() / len(both)

    def generator_loss(self, latents):
        logits = self.judge(self.judges, self.generate(latents))
        return F.softplus(-logits).mean()


def peak(dtype="float32", size=2048):
    """Measures FLOP/s of a large matrix product and a large convolution."""
    options = {"dtype": getattr(torch, dtype), "device": device()}
    matrix = torch.randn((size, size), **options)
    images = torch.randn((size // 32, 64, 32, 32), **options)
    kernel = torch.randn((128, 64, 3, 3), **options)
    operations = {
        "matrix product": (lambda: matrix @ matrix, 2 * size**3),
        "convolution": (
            lambda: F.conv2d(images, kernel, padding=1),
            2 * (size // 32) * 32**2 * 3**2 * 64 * 128,
        ),
    }
    return native.rates(operations, wait)
