"""Runs `hostile_run.py` and reads its report."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def report_of(kind, root):
    """The report of a process that opened each file in `root`."""
    elsewhere = root.with_name(f"{root.name}_working_directory")
    elsewhere.mkdir()
    for module in ("planted", "keras_nlp", "keras_hub"):
        (elsewhere / f"{module}.py").write_text("open('planted.txt', 'w')\n")
    done = subprocess.run(
        [sys.executable, str(HERE / "hostile_run.py"), kind, str(root)],
        cwd=elsewhere,
        # The modules to be found where a program would look for its own.
        env={**os.environ, "PYTHONPATH": f"{HERE.parent}:{elsewhere}"},
        capture_output=True,
        text=True,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert not (elsewhere / "planted.txt").exists()
    return json.loads(done.stdout.splitlines()[-1])


def check_refusal(outcome, name, expected):
    """Checks that a file was refused by a message that names it and why."""
    assert isinstance(outcome, str), outcome
    assert outcome.startswith("ValueError: "), outcome
    assert name in outcome, outcome
    assert re.search(expected, outcome), outcome
