"""Searches over GANs with keras-tuner, on a metric of held-out samples.

`import kgan` does not load keras-tuner. `kgan.tuning` does when first used.
"""

from kgan.tuning.export import export_best as export_best
from kgan.tuning.figure import plot as plot
from kgan.tuning.hparams import write_hparams as write_hparams
from kgan.tuning.hypermodel import GANHyperModel as GANHyperModel
from kgan.tuning.searching import SearchFailed as SearchFailed
from kgan.tuning.searching import search as search
from kgan.tuning.space import Space as Space
from kgan.tuning.table import results as results
from kgan.tuning.table import write_results as write_results
