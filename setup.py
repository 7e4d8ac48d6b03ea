"""Puts saved_models/ into the wheel; all else is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

FOLDER = "saved_models"
PATTERNS = ("*.keras", "*.json", "README.md")


class BuildWithModels(build_py):
    """Copies the trained files beside the modules, as kgan/saved_models."""

    def run(self) -> None:
        super().run()
        # An editable install reads them where they are.
        if self.editable_mode:
            return
        for source, target in self._copies():
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        copied = [] if self.editable_mode else self._copies()
        return [
            *super().get_outputs(include_bytecode),
            *(target for _, target in copied),
        ]

    def _copies(self) -> list[tuple[str, str]]:
        folder = Path(self.build_lib, "kgan", FOLDER)
        return [
            (str(path), str(folder / path.name))
            for pattern in PATTERNS
            for path in sorted(Path(FOLDER).glob(pattern))
        ]


setup(cmdclass={"build_py": BuildWithModels})
