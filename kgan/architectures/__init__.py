"""Functions that build Functional Keras models to train and save."""

from kgan.architectures.dcgan import dcgan_discriminator as dcgan_discriminator
from kgan.architectures.dcgan import dcgan_generator as dcgan_generator
from kgan.architectures.mlp import mlp_discriminator as mlp_discriminator
from kgan.architectures.mlp import mlp_generator as mlp_generator
from kgan.architectures.r3gan import R3GAN_SETTINGS as R3GAN_SETTINGS
from kgan.architectures.r3gan import r3gan_discriminator as r3gan_discriminator
from kgan.architectures.r3gan import r3gan_generator as r3gan_generator
from kgan.architectures.resnet import (
    resnet_discriminator as resnet_discriminator,
)
from kgan.architectures.resnet import resnet_generator as resnet_generator
