"""Keras's loops as a game needs them: compile, fit, evaluate, predict."""

from kgan.fitting.compiling import compile_players as compile_players
from kgan.fitting.evaluation import evaluate as evaluate
from kgan.fitting.evaluation import predict as predict
from kgan.fitting.evaluation import test_on_batch as test_on_batch
from kgan.fitting.scores import ScoreBoard as ScoreBoard
from kgan.fitting.step_functions import build_by_no_batch as build_by_no_batch
from kgan.fitting.step_functions import (
    make_test_function as make_test_function,
)
from kgan.fitting.step_functions import (
    make_train_function as make_train_function,
)
from kgan.fitting.step_functions import (
    send_gradients_by_ourselves as send_gradients_by_ourselves,
)
from kgan.fitting.training import fit as fit
from kgan.fitting.training import train_on_batch as train_on_batch
