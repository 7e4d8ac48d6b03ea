"""Autoencoders: the games' neighbours, which have a likelihood."""

from kgan.autoencoders.code_prior import code_prior as code_prior
from kgan.autoencoders.real_nvp import RealNVP as RealNVP
from kgan.autoencoders.table import table as table
