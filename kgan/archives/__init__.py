"""`.keras` files from anywhere: checked before anything in them is used."""

from kgan.archives.loading import check as check
from kgan.archives.loading import load_model as load_model

# Errors from reading JSON of any content and any depth.
ANY_JSON = (AttributeError, KeyError, RecursionError, TypeError, ValueError)
