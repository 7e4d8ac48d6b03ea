"""Bad arguments of every public callable, by the tables of `fuzz`."""

import inspect

import fuzz
import pytest
from fuzz_kinds import ANY

import kgan

# Cases that take a step of a small model are the slow ones.
SAMPLE = 50


def problems(cases):
    with fuzz.prepared():
        outcomes = fuzz.run_all(cases)
    return [f"{o.case}: {o.problem()}" for o in outcomes if o.problem()]


# Each backend has the whole of them in make test-all.
@pytest.mark.once
@pytest.mark.parametrize("seed", [0])
def test_sample_of_bad_arguments(seed):
    cases = fuzz.chosen(fuzz.targets(), SAMPLE, seed)
    assert problems(cases) == []


@pytest.mark.soak
@pytest.mark.parametrize("target", fuzz.targets(), ids=lambda t: t.name)
def test_bad_arguments(target):
    assert problems(fuzz.chosen([target])) == []


@pytest.mark.once
def test_there_are_enough_cases_for_each_kind_and_callable():
    targets = fuzz.targets()
    cases = fuzz.chosen(targets)
    assert len(cases) > 500
    assert {case.kind for case in cases} >= set(ANY)
    assert len({t.name for t in targets}) == len(targets)
    for target in targets:
        for name, argument in target.arguments.items():
            unknown = set(argument.fine) - set(argument.kinds())
            assert not unknown, (target.name, name, unknown)
            assert all(argument.fine.values()), (target.name, name)


@pytest.mark.once
@pytest.mark.parametrize(
    "module",
    [
        *("architectures", "augmentations", "callbacks", "data"),
        *("divergences", "export", "metrics", "penalties", "presets"),
        "schedules",
    ],
)
def test_no_public_callable_is_left_out(module):
    here = f"kgan.{module}"
    tried = {target.name for target in fuzz.targets()}
    public = {
        f"{module}.{name}"
        for name, value in vars(getattr(kgan, module)).items()
        if inspect.isroutine(value) or inspect.isclass(value)
        if not name.startswith("_") and value.__module__.startswith(here)
    }
    # Bases and errors, which nobody calls.
    public -= {
        *("metrics.SampleMetric", "metrics.NotFiniteError"),
        *("penalties.Penalty", "schedules.Schedule"),
        "augmentations.Augmentation",
        "divergences.LinearGame",
        # What `names` returns, which takes no argument.
        *("presets.names", "presets.Listing", "presets.Row"),
        # What `export` returns.
        "export.Exported",
    }
    assert public <= tried


def target(call, **options):
    argument = fuzz.Argument(lambda: 1, only=("string",), **options)
    return fuzz.Target("f", call, {"num": argument})


def leaky(num):
    raise KeyError(num)


def silent(num):
    pass


def vague(num):
    kgan.images.check_png_path("x.jpg")


def endless(num):
    while num == "x":
        pass


def named(num):
    kgan.arguments.check_integer("num", num, minimum=1)


@pytest.mark.once
@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (leaky, "KeyError"),
        (silent, "not listed"),
        (vague, "does not name"),
        (endless, "does not end"),
        (named, ""),
    ],
)
def test_the_judge_tells_good_refusals_from_bad_ones(call, problem):
    [case] = target(call).cases()
    said = fuzz.run(case, limit=0.2).problem()
    assert problem in said and bool(said) == bool(problem)


@pytest.mark.once
def test_an_accepted_case_that_is_refused_now_is_told():
    [case] = target(named, fine={"string": "?"}).cases()
    assert "listed as accepted" in fuzz.run(case).problem()
