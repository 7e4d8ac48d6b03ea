"""Twenty SIGKILLs at random moments, of a recipe that goes on after each."""

import os
import re
import subprocess
import sys

import jobs
import pytest

KILLS = 20


@pytest.mark.soak
def test_kills_leave_no_difference():
    command = [sys.executable, str(jobs.TESTS / "kill_and_resume.py")]
    finished = subprocess.run(
        [*command, "--kills", str(KILLS), "--seed", "0"],
        env={**os.environ, "PYTHONPATH": str(jobs.TESTS.parent)},
        capture_output=True,
        text=True,
        timeout=3_600,
    )
    said = finished.stdout[-4000:] + finished.stderr[-4000:]
    assert finished.returncode == 0, said
    last = finished.stdout.splitlines()[-1]
    found = re.fullmatch(r"largest difference (\S+) in (\d+) kills", last)
    assert found and int(found[2]) >= KILLS, said
    assert float(found[1]) <= 1e-6
