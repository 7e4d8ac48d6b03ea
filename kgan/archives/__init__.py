"""`.keras` files from anywhere: checked before anything in them is used."""

from kgan.archives.loading import check as check
from kgan.archives.loading import load_model as load_model

# What reading a file ends in that may hold any JSON, however deep.
ANY_JSON = (AttributeError, KeyError, RecursionError, TypeError, ValueError)
