"""Functions that return Functional Keras models of built-in layers."""

from kgan.architectures.dcgan import dcgan_discriminator as dcgan_discriminator
from kgan.architectures.dcgan import dcgan_generator as dcgan_generator
from kgan.architectures.mlp import mlp_discriminator as mlp_discriminator
from kgan.architectures.mlp import mlp_generator as mlp_generator
