"""Generators as files of other programs: `python -m kgan.export --help`."""

from kgan.export.exporting import Exported as Exported
from kgan.export.exporting import export as export
from kgan.export.quantizing import int8 as int8
