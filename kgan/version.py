"""The version, for the package and its commands."""

__version__ = "0.1.0"
