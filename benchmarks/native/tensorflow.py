"""Trains WGAN in TensorFlow: one `tf.function`, with and without XLA."""

import tensorflow as tf

import native
from native import CLIP, EPSILON, MOMENTUM, NORM_EPSILON, RATE, RHO, SLOPE

VARIANTS = ("xla", "graph")
SAME = {"strides": 2, "padding": "SAME"}


def build(case, weights, n_critic, variant, dtype="float32", epsilon=EPSILON):
    return Loop(case, weights, n_critic, variant, dtype, epsilon)


class Loop:
    def __init__(self, case, weights, n_critic, variant, dtype, epsilon):
        self.epsilon = epsilon
        self.case, self.n_critic = case, n_critic
        self.dtype = tf.as_dtype(dtype)
        trained, statistics = native.split(case, weights[0])
        self.generator, self.statistics, self.critic = (
            [tf.Variable(w) for w in ws]
            for ws in (trained, statistics, weights[1])
        )
        # The mean square of each gradient, and the momentum, which stays 0
        # between updates and which TensorFlow's fused update asks for.
        self.slots = {
            v.ref(): [tf.Variable(tf.zeros_like(v)) for _ in range(2)]
            for v in self.generator + self.critic
        }
        shape = (n_critic + 1, case.batch_size, case.latent_dim)
        jit = variant == "xla"
        self.drawn = tf.function(
            lambda real: self.step(real, tf.random.normal(shape)),
            jit_compile=jit,
        )
        self.given = tf.function(self.step, jit_compile=jit)

    def run(self, batches):
        self.drawn(tf.constant(batches))

    def run_given(self, batches, latents):
        self.given(tf.constant(batches), tf.stack(latents))

    def synchronize(self):
        self.critic[-1].numpy()

    def weights(self):
        trained, statistics, critic = (
            [v.numpy() for v in vs]
            for vs in (self.generator, self.statistics, self.critic)
        )
        return native.join(trained, statistics), critic

    def step(self, real, latents):
        if not self.statistics:
            # The samples of a batch do not depend on one another.
            flat = tf.reshape(latents[:-1], (-1, self.case.latent_dim))
            fakes = tf.split(self.generate(flat), self.n_critic)
        for i in range(self.n_critic):
            if self.statistics:
                fake = self.generate(latents[i])
            else:
                fake = fakes[i]
            both = tf.concat([fake, real[i]], 0)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(self.critic)
                loss = self.critic_loss(both)
            self.update(self.critic, tape.gradient(loss, self.critic))
            self.bound()
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.generator)
            fake_logits = self.judge(self.generate(latents[-1]))
            loss = self.generator_loss(fake_logits)
        self.update(self.generator, tape.gradient(loss, self.generator))

    def critic_loss(self, both):
        fake_logits, real_logits = tf.split(self.judge(both), 2)
        return tf.reduce_mean(fake_logits) - tf.reduce_mean(real_logits)

    def generator_loss(self, fake_logits):
        return -tf.reduce_mean(fake_logits)

    def bound(self):
        for v in self.critic:
            v.assign(tf.clip_by_value(v, -CLIP, CLIP))

    def update(self, variables, gradients):
        for v, g in zip(variables, gradients, strict=True):
            square, momentum = self.slots[v.ref()]
            tf.raw_ops.ResourceApplyRMSProp(
                var=v.handle,
                ms=square.handle,
                mom=momentum.handle,
                lr=RATE,
                rho=RHO,
                momentum=0.0,
                epsilon=self.epsilon,
                grad=g,
            )

    def cast(self, x):
        return tf.cast(x, self.dtype)

    def dense(self, x, kernel, bias):
        return tf.nn.bias_add(self.cast(x) @ self.cast(kernel), self.cast(bias))

    def mlp(self, w, x):
        for i in range(0, 6, 2):
            x = tf.nn.relu(self.dense(x, w[i], w[i + 1]))
        return tf.nn.bias_add(tf.cast(x, tf.float32) @ w[6], w[7])

    def generate(self, z):
        if not self.case.convolutional:
            return self.mlp(self.generator, z)
        w, hidden = self.generator, len(self.statistics) // 2
        size = native.base_size(self.case, hidden)
        x = self.cast(z) @ self.cast(w[0])
        x = tf.reshape(x, (-1, size, size, w[1].shape[0]))
        x = tf.nn.relu(self.normalize(x, 0))
        for i in range(1, hidden):
            x = self.grow(x, self.cast(w[3 * i]))
            x = tf.nn.relu(self.normalize(x, i))
        x = self.grow(tf.cast(x, tf.float32), w[-2])
        return tf.tanh(tf.nn.bias_add(x, w[-1]))

    def grow(self, x, kernel):
        batch, size = tf.shape(x)[0], 2 * x.shape[1]
        shape = (batch, size, size, kernel.shape[2])
        return tf.nn.conv2d_transpose(x, kernel, shape, **SAME)

    def normalize(self, x, i):
        """Normalizes by batch, and updates the moving averages."""
        y, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x,
            scale=self.generator[3 * i + 1],
            offset=self.generator[3 * i + 2],
            mean=[],
            variance=[],
            epsilon=NORM_EPSILON,
            is_training=True,
        )
        # It returns the unbiased variance; Keras keeps the biased one.
        n = tf.cast(tf.size(x) // x.shape[-1], tf.float32)
        new = (tf.stop_gradient(mean), tf.stop_gradient(variance) * (n - 1) / n)
        for v, value in zip(
            self.statistics[2 * i : 2 * i + 2], new, strict=True
        ):
            v.assign(MOMENTUM * v + (1 - MOMENTUM) * value)
        return y

    def judge(self, x):
        if not self.case.convolutional:
            return self.mlp(self.critic, x)
        w = self.critic
        x = self.shrink(x, w[0], w[1])
        x = tf.nn.leaky_relu(x, SLOPE)
        for i in range(2, len(w) - 2, 4):
            x = tf.cast(self.shrink(x, w[i], w[i + 1]), tf.float32)
            mean, variance = tf.nn.moments(x, (1, 2, 3), keepdims=True)
            x = tf.nn.batch_normalization(
                x, mean, variance, w[i + 3], w[i + 2], NORM_EPSILON
            )
            x = tf.nn.leaky_relu(self.cast(x), SLOPE)
        x = tf.reshape(tf.cast(x, tf.float32), (-1, w[-2].shape[0]))
        return tf.nn.bias_add(x @ w[-2], w[-1])

    def shrink(self, x, kernel, bias):
        x = tf.nn.conv2d(self.cast(x), self.cast(kernel), **SAME)
        return tf.nn.bias_add(x, self.cast(bias))


class Penalised(Loop):
    """Trains NonSaturatingGAN with R1 and R2, which share one pass back."""

    gamma: float

    def critic_loss(self, both):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(both)
            logits = self.judge(both)
        slopes = tape.gradient(logits, both)
        fake_logits, real_logits = tf.split(logits, 2)
        loss = tf.nn.softplus(fake_logits) + tf.nn.softplus(-real_logits)
        count = tf.cast(tf.shape(both)[0], tf.float32)
        penalty = self.gamma * tf.reduce_sum(slopes**2) / count
        return tf.reduce_mean(loss) + penalty

    def generator_loss(self, fake_logits):
        return tf.reduce_mean(tf.nn.softplus(-fake_logits))

    def bound(self):
        pass


def peak(dtype="float32", size=2048):
    """Measures FLOP/s of a large matrix product and a large convolution."""
    matrix = tf.cast(tf.random.normal((size, size)), dtype)
    images = tf.cast(tf.random.normal((size // 32, 32, 32, 64)), dtype)
    kernel = tf.cast(tf.random.normal((3, 3, 64, 128)), dtype)

    # Each returns one number: copying the rest would take longer.
    @tf.function
    def product():
        return tf.reduce_max(matrix @ matrix)

    @tf.function
    def convolution():
        return tf.reduce_max(tf.nn.conv2d(images, kernel, 1, "SAME"))

    operations = {
        "matrix product": (product, 2 * size**3),
        "convolution": (
            convolution,
            2 * (size // 32) * 32**2 * 3**2 * 64 * 128,
        ),
    }
    return native.rates(operations, lambda result: result.numpy())
