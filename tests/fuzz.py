"""Bad arguments for every public callable: who refuses them, and how.

    python tests/fuzz.py --seed 0 --num 600
    python tests/fuzz.py --only metrics --failures

Each case is one call with one hostile argument and valid others. It passes
where kgan itself raises an error that names the argument and says what it
received, or where the call is accepted and the table says why that is right.
Weights are compared after each refusal. `fuzz_kinds` has the values,
`fuzz_targets` and its neighbours the callables.
"""

import argparse
import collections
import contextlib
import dataclasses
import gc
import io
import os
import pathlib
import random
import re
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
from fuzz_kinds import Argument

import kgan

HERE = pathlib.Path(__file__).parent
ROOT = pathlib.Path(kgan.__file__).parent
# Seconds of the clock; a case takes milliseconds.
LIMIT = 30
# Of memory that one case may add, in KiB.
MOST_MEMORY = 600 * 1024
REFUSALS = (ValueError, TypeError, OSError)


class Hang(BaseException):
    """A case that does not end; no `except Exception` takes it."""


class Accepted(Exception):
    """Ends a call early: all of its arguments have been taken."""


@dataclasses.dataclass(frozen=True)
class Target:
    """A public callable.

    Args:
        name: Its name, as a user writes it behind `kgan.`.
        call: Calls it, with all of `arguments` by keyword.
        arguments: What it takes, by name.
        model: Returns the model whose weights no refusal may change.
    """

    name: str
    call: Callable[..., Any]
    arguments: dict[str, Argument]
    model: Callable[[], Any] | None = None

    def cases(self) -> Iterator["Case"]:
        for name, argument in self.arguments.items():
            for kind in argument.kinds():
                yield Case(self, name, kind)


@dataclasses.dataclass(frozen=True)
class Case:
    """One hostile value for one argument."""

    target: Target
    argument: str
    kind: str

    def __str__(self):
        return f"{self.target.name}({self.argument}: {self.kind})"


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a case: `accepted`, `refused` or `failed`, and why."""

    case: Case
    result: str
    why: str

    def problem(self) -> str:
        """Why the case fails, "" where it does not."""
        fine = self.case.target.arguments[self.case.argument].fine
        listed = self.case.kind in fine
        if self.result == "failed":
            return self.why
        if self.result == "accepted" and not listed:
            return "accepted, and not listed"
        if self.result == "refused" and listed:
            return f"listed as accepted, but refused: {self.why}"
        return ""


class State:
    """The weights and optimizers of a model, to compare and put back."""

    def __init__(self, model):
        self._variables = [*model.variables, *model.optimizer.variables]
        self._before = self._read()

    def _read(self):
        return [
            np.array(keras.ops.convert_to_numpy(v)) for v in self._variables
        ]

    def changed(self) -> list[str]:
        return [
            variable.path
            for variable, a, b in zip(
                self._variables, self._before, self._read(), strict=True
            )
            # Losses of an epoch and latents of an evaluation are no state.
            if a.tobytes() != b.tobytes() and _lasts(variable)
        ]

    def put_back(self) -> None:
        for variable, value in zip(self._variables, self._before, strict=True):
            variable.assign(value)


def _lasts(variable) -> bool:
    return variable.dtype not in ("uint32", "int32") or "iter" in variable.path


def run(case: Case, limit: float = LIMIT) -> Outcome:
    """Makes the call and says what became of it."""
    target = case.target
    arguments = {
        name: (argument.kinds()[case.kind] if name == case.argument else None)
        or argument.valid
        for name, argument in target.arguments.items()
    }
    with _quiet():
        values = {name: make() for name, make in arguments.items()}
    state = State(target.model()) if target.model else None
    memory = _memory()
    error: BaseException | None = None
    try:
        with _quiet(), _within(limit):
            target.call(**values)
    except Accepted:
        pass
    except (Exception, SystemExit, Hang) as caught:
        error = caught
    changed = state.changed() if state else []
    if state:
        state.put_back()
    grown = _memory() - memory
    if grown > MOST_MEMORY:
        return Outcome(case, "failed", f"{grown // 1024} MiB of memory")
    if error is None:
        return Outcome(case, "accepted", "")
    why = _judged(error, case)
    late = target.arguments[case.argument].late
    if not why and changed and case.kind not in late:
        why = f"refused, but changed {', '.join(changed[:3])}"
    if why:
        return Outcome(case, "failed", why)
    return Outcome(case, "refused", _line(error))


def _judged(error: BaseException, case: Case) -> str:
    """Why an error is no clear refusal, "" if it is one."""
    line = f"{type(error).__name__}: {_line(error)}"
    if isinstance(error, Hang):
        return "does not end"
    if not isinstance(error, REFUSALS):
        return line
    frame = traceback.extract_tb(error.__traceback__)[-1]
    file = pathlib.Path(frame.filename)
    # The commands' own errors are raised by the table.
    if not file.is_relative_to(ROOT) and file.parent != HERE:
        return f"from {file.name}: {line}"
    message = str(error)
    names = case.target.arguments[case.argument].named
    own = rf"`{case.argument}`|\b{case.argument}\b=|--{case.argument}\b"
    if not re.search("|".join([own, *names]), message):
        return f"does not name the argument: {line}"
    if "Received" not in message:
        return f"does not say what it received: {line}"
    return ""


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160]


@contextlib.contextmanager
def _quiet():
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def _within(seconds: float):
    def ring(*_):
        raise Hang

    before = signal.signal(signal.SIGALRM, ring)
    # Again and again: something may swallow the first.
    signal.setitimer(signal.ITIMER_REAL, seconds, 1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


@contextlib.contextmanager
def prepared():
    """A separate folder to work in, and Keras's tracebacks whole."""
    here = os.getcwd()
    filtering = keras.config.is_traceback_filtering_enabled()
    keras.config.disable_traceback_filtering()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(here)
            if filtering:
                keras.config.enable_traceback_filtering()


def check_valid(target: Target) -> str:
    """Why the valid call fails, "" if it works, as it must after all cases."""
    state = State(target.model()) if target.model else None
    with _quiet():
        values = {n: a.valid() for n, a in target.arguments.items()}
    try:
        with _quiet(), _within(10 * LIMIT):
            target.call(**values)
    except Accepted:
        pass
    except (Exception, SystemExit, Hang) as error:
        return f"{type(error).__name__}: {_line(error)}"
    finally:
        if state:
            state.put_back()
    return ""


def targets() -> list[Target]:
    """Every public callable."""
    import fuzz_engine
    import fuzz_files
    import fuzz_labels
    import fuzz_numbers
    import fuzz_parts
    import fuzz_zoo

    return [
        *fuzz_engine.TARGETS,
        *fuzz_files.TARGETS,
        *fuzz_labels.TARGETS,
        *fuzz_numbers.TARGETS,
        *fuzz_parts.TARGETS,
        *fuzz_zoo.TARGETS,
    ]


def chosen(
    targets: list[Target], num: int | None = None, seed: int = 0
) -> list[Case]:
    """All cases, or `num` of them that a seed draws, in their order."""
    cases = [case for target in targets for case in target.cases()]
    if num is None or num >= len(cases):
        return cases
    kept = sorted(random.Random(seed).sample(range(len(cases)), num))
    return [cases[i] for i in kept]


def run_all(cases, limit=LIMIT, log=None) -> list[Outcome]:
    """The outcomes, with a valid call of each target before and after."""
    outcomes: list[Outcome] = []
    by_target: dict[str, list[Case]] = collections.defaultdict(list)
    for case in cases:
        by_target[case.target.name].append(case)
    for some in by_target.values():
        target = some[0].target
        began = time.monotonic()
        # What one target writes is in no other's way.
        with prepared():
            outcomes += _run_target(target, some, limit)
        took = time.monotonic() - began
        print(
            f"{target.name}: {len(some)} cases, {took:.1f} s",
            file=sys.stderr,
            flush=True,
        )
        if log:
            log(outcomes)
        gc.collect()
    return outcomes


def _run_target(target, some, limit) -> list[Outcome]:
    broken = check_valid(target)
    if broken:
        return [Outcome(some[0], "failed", f"the valid call: {broken}")]
    outcomes = []
    for case in some:
        outcomes.append(run(case, limit))
        if os.environ.get("FUZZ_LIVE") and outcomes[-1].problem():
            print(f"FAILURE   {case}: {outcomes[-1].problem()}", flush=True)
    broken = check_valid(target)
    if broken:
        outcomes.append(
            Outcome(some[-1], "failed", f"unusable afterwards: {broken}")
        )
    return outcomes


def report(outcomes: list[Outcome], failures_only: bool) -> None:
    """Prints the cases by outcome, failures last."""
    problems = [(o, o.problem()) for o in outcomes]
    if not failures_only:
        for result in ("refused", "accepted"):
            for outcome, problem in problems:
                if outcome.result == result and not problem:
                    case = outcome.case
                    fine = case.target.arguments[case.argument].fine
                    why = outcome.why or fine[case.kind]
                    print(f"{result:9} {case}: {why}")
    for outcome, problem in problems:
        if problem:
            print(f"FAILURE   {outcome.case}: {problem}")
    counts = collections.Counter(
        "failures" if problem else outcome.result
        for outcome, problem in problems
    )
    print(f"{keras.backend.backend()}: {len(outcomes)} cases, {dict(counts)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--num", type=int, help="cases to draw (all)")
    parser.add_argument("--only", default="", help="part of a target's name")
    parser.add_argument("--failures", action="store_true")
    parser.add_argument("--limit", type=float, default=LIMIT)
    options = parser.parse_args()
    with prepared():
        some = [t for t in targets() if options.only in t.name]
        cases = chosen(some, options.num, options.seed)
        outcomes = run_all(cases, options.limit)
    report(outcomes, options.failures)
    return int(any(o.problem() for o in outcomes))


if __name__ == "__main__":
    # So that the table's modules find this one, not a second copy.
    sys.modules["fuzz"] = sys.modules["__main__"]
    sys.exit(main())
