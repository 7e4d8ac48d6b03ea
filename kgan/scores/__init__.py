"""Scores that say how they were made, and are compared only if that agrees.

A bare number does not compare: a Frechet distance changes with the extractor,
the number of samples, the split and the resize. A score file holds all of it.
`python -m kgan.scores A.json B.json` prints two files side by side.
"""

from kgan.scores.comparison import Comparison as Comparison
from kgan.scores.comparison import Difference as Difference
from kgan.scores.comparison import ProtocolMismatch as ProtocolMismatch
from kgan.scores.comparison import ScoreRow as ScoreRow
from kgan.scores.comparison import compare as compare
from kgan.scores.files import read as read
from kgan.scores.files import write as write
from kgan.scores.fingerprints import weights_hash as weights_hash
from kgan.scores.of_model import score_samples as score_samples
from kgan.scores.of_model import stamp_model as stamp_model
from kgan.scores.record import stamp as stamp
