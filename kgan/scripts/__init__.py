"""Shared parts of scripts that train: options, callbacks, last words.

The scripts of `recipes/` stand on them, and so can yours.
"""

from kgan.scripts.budget import Stopwatch as Stopwatch
from kgan.scripts.budget import steps_within as steps_within
from kgan.scripts.extractor import extractor as extractor
from kgan.scripts.optimizers import optimizers as optimizers
from kgan.scripts.options import parser as parser
from kgan.scripts.outputs import callbacks as callbacks
from kgan.scripts.outputs import report as report
from kgan.scripts.pace import Pace as Pace
from kgan.scripts.small_r3gan import small_r3gan as small_r3gan
