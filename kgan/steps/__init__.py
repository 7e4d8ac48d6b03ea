"""Turns what `fit` takes into steps of fresh batches.

A step is one float32 array `(batch, per_step, ...)`, and where a network takes
labels an int32 one `(batch, per_step)` beside: batch axis first, so that
splitting axis 0 over replicas leaves each critic update on the samples that it
has on one device.
"""

from kgan.steps.arrays import ArrayBatches as ArrayBatches
from kgan.steps.arrays import ArraySteps as ArraySteps
from kgan.steps.batches import as_batches as as_batches
from kgan.steps.batches import as_steps as as_steps
from kgan.steps.batches import divide as divide
from kgan.steps.batches import one_step as one_step
from kgan.steps.batches import peeked as peeked
from kgan.steps.batches import readable as readable
from kgan.steps.checks import SampleSpec as SampleSpec
from kgan.steps.checks import first_of as first_of
from kgan.steps.checks import translate as translate
from kgan.steps.facts import data_facts as data_facts
from kgan.steps.kinds import arrays_in_numpy as arrays_in_numpy
from kgan.steps.labels import LabelSpec as LabelSpec
from kgan.steps.labels import parts_of as parts_of
from kgan.steps.ordered import OrderedSteps as OrderedSteps
from kgan.steps.shares import Share as Share
