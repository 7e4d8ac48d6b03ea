"""Autoencoders: the games' neighbours, which have a likelihood."""

from kgan.autoencoders.code_prior import code_prior as code_prior
