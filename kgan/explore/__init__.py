"""Generators on a page of this machine: `python -m kgan.explore --help`."""

from kgan.explore.directions import (
    principal_directions as principal_directions,
)
from kgan.explore.explorer import Explorer as Explorer
from kgan.explore.explorer import View as View
from kgan.explore.neighbours import Neighbours as Neighbours
from kgan.explore.serving import serve as serve
