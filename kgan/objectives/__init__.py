"""One file per objective, and the table that their classes make."""

from kgan.objectives.table import Objective as Objective
from kgan.objectives.table import build as build
from kgan.objectives.table import row as row
from kgan.objectives.table import table as table
