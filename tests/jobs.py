"""Starts the processes of a job on this machine, over loopback."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

import keras

BACKEND = keras.backend.backend()
TESTS = pathlib.Path(__file__).resolve().parent


def environment(index=0, processes=1, port=0, host="127.0.0.1", **more):
    """Variables that tell process `index` of its job."""
    variables = {
        **os.environ,
        "PYTHONPATH": f"{TESTS.parent}{os.pathsep}{TESTS}",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "OMP_NUM_THREADS": "1",
        **more,
    }
    if processes == 1:
        return variables
    # The cache that tests of one process share would be fought over.
    variables.pop("JAX_COMPILATION_CACHE_DIR", None)
    if BACKEND == "tensorflow":
        hosts = [f"{host}:{port + i}" for i in range(processes)]
        variables["TF_CONFIG"] = json.dumps(
            {
                "cluster": {"worker": hosts},
                "task": {"type": "worker", "index": index},
            }
        )
    elif BACKEND == "jax":
        variables |= {
            "KERAS_DISTRIBUTION_JOB_ADDRESSES": f"{host}:{port}",
            "KERAS_DISTRIBUTION_NUM_PROCESSES": str(processes),
            "KERAS_DISTRIBUTION_PROCESS_ID": str(index),
        }
    else:
        variables |= {
            "RANK": str(index),
            "WORLD_SIZE": str(processes),
            "MASTER_ADDR": host,
            "MASTER_PORT": str(port),
        }
    return variables


def free_port(count=2):
    """The first of `count` ports in a row that nobody listens at."""
    while True:
        with contextlib.ExitStack() as stack:
            first = stack.enter_context(socket.socket())
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                for number in range(1, count):
                    other = stack.enter_context(socket.socket())
                    other.bind(("127.0.0.1", port + number))
            except (OSError, OverflowError):
                continue
            return port


class Process(subprocess.Popen):
    """A process whose output waits in files: a pipe would fill and hold it."""

    def __init__(self, arguments, **options):
        self.folder = tempfile.TemporaryDirectory()
        self.paths = [
            pathlib.Path(self.folder.name) / name for name in ("out", "err")
        ]
        out, err = self.paths
        with open(out, "w") as out_file, open(err, "w") as err_file:
            super().__init__(
                [sys.executable, *map(str, arguments)],
                stdout=out_file,
                stderr=err_file,
                **options,
            )

    def outputs(self):
        """What it has written to stdout and to stderr."""
        return [path.read_text() for path in self.paths]


def start(arguments, processes=1, **more):
    """The processes of a job, started."""
    port = free_port(processes)
    return [
        Process(arguments, env=environment(index, processes, port, **more))
        for index in range(processes)
    ]


def finish(processes, timeout=300):
    """What each printed last; fails on the first that does not end well."""
    deadline = time.monotonic() + timeout
    try:
        while any(process.poll() is None for process in processes):
            failed = [p for p in processes if p.poll()]
            assert not failed, failed[0].outputs()[1][-3000:]
            late = time.monotonic() > deadline
            assert not late, [p.outputs()[1][-1500:] for p in processes]
            time.sleep(0.1)
        lines = []
        for process in processes:
            out, err = process.outputs()
            assert process.returncode == 0, err[-3000:]
            lines.append(out.splitlines()[-1] if out else "")
        return lines
    finally:
        kill(processes)


def kill(processes):
    for process in processes:
        process.kill()
        process.wait()
        process.folder.cleanup()
