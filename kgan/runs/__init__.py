"""A run on disk: its configuration, its state, its facts, its file."""

from kgan.runs.compilation import Compilation as Compilation
from kgan.runs.compilation import compile_from_config as compile_from_config
from kgan.runs.configuration import from_config as from_config
from kgan.runs.configuration import get_config as get_config
from kgan.runs.saving import epochs_done as epochs_done
from kgan.runs.saving import get_build_config as get_build_config
from kgan.runs.saving import get_compile_config as get_compile_config
from kgan.runs.saving import get_weights as get_weights
from kgan.runs.saving import load_own_variables as load_own_variables
from kgan.runs.saving import save as save
from kgan.runs.saving import save_own_variables as save_own_variables
from kgan.runs.saving import save_weights as save_weights
from kgan.runs.state import RunState as RunState
