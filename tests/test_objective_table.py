"""Objectives say of themselves what scripts, curves and searches know."""

import math
import pathlib
import re

import autograd_reference as reference
import games
import keras
import pytest
import small_autoencoders

import kgan
from kgan import autoencoders
from kgan.objectives import build, row, table

pytestmark = pytest.mark.once
ROOT = pathlib.Path(__file__).resolve().parents[1]
TABLE = table()
ours = pytest.mark.parametrize("name", TABLE)
# Their games are in tests/test_moment_matching.py.
OF_SAMPLES = {"GMMN", "MMDGAN", "SlicedWassersteinModel"}


def built(name, **options):
    critic = [games.critic()] if TABLE[name].has_discriminator else []
    return build(name, games.generator(), *critic, **options)


def test_every_public_objective_is_in_the_table_and_against_its_reference():
    public = {
        name
        for name, value in vars(kgan).items()
        if isinstance(value, type) and issubclass(value, kgan.AdversarialModel)
    }
    classes = {objective.model.__name__ for objective in TABLE.values()}
    others = {row.model.__name__ for row in autoencoders.table().values()}
    assert others == {"VQVAE", "FlowVAE"}
    assert classes == public - {"AdversarialModel"} - others
    assert classes == set(reference.LOSSES) | OF_SAMPLES


def test_every_public_part_is_saved_by_a_name_of_kgan():
    parts = [
        *(objective.model for objective in TABLE.values()),
        *(row.model for row in autoencoders.table().values()),
        kgan.autoencoders.RealNVP,
        *vars(kgan.penalties).values(),
        *vars(kgan.augmentations).values(),
        *vars(kgan.schedules).values(),
        *vars(kgan.kernels).values(),
        *vars(kgan.optimizers).values(),
    ]
    bases = {"Penalty", "Augmentation", "Schedule", "Kernel"}
    classes = [
        part
        for part in parts
        if isinstance(part, type)
        and hasattr(part, "from_config")
        and part.__name__ not in bases
        and not part.__name__.startswith("_")
    ]
    assert len(classes) > 15
    for part in classes:
        registered = keras.saving.get_registered_name(part)
        assert registered == f"kgan>{part.__name__}"


@ours
def test_row_is_what_a_model_says_and_logs(name):
    gan = built(name, seed=1)
    objective = TABLE[name]
    assert type(gan) is objective.model
    assert gan.n_critic == objective.n_critic
    penalties = [penalty.name for penalty in gan.penalties]
    assert [m.name for m in gan.metrics] == [*objective.logs, *penalties]
    losses = 1 + objective.has_discriminator
    assert (objective.estimate is None) == (len(objective.logs) == losses)


def test_autoencoders_have_rows_of_what_they_log():
    for name, row_of_it in autoencoders.table().items():
        made = getattr(
            small_autoencoders, {"vqvae": "vq_vae", "flowvae": "flow_vae"}[name]
        )
        model = made()
        assert type(model) is row_of_it.model
        assert [m.name for m in model.metrics] == [*row_of_it.logs]
        assert not row_of_it.has_discriminator and row_of_it.n_critic == 0


def test_defaults_of_the_papers():
    assert {n: o.n_critic for n, o in TABLE.items() if o.n_critic != 1} == {
        "wgan": 5,
        "wgangp": 5,
        "mmdgan": 5,
        "gmmn": 0,
        "swm": 0,
    }
    clips = {n: o.clip_value for n, o in TABLE.items() if o.clip_value}
    assert clips == {"wgan": 0.01, "mmdgan": 0.01}
    assert TABLE["nsgan"].estimate == "jsd_estimate"
    assert TABLE["wgangp"].estimate == "wasserstein_estimate"
    up = [n for n, o in TABLE.items() if o.estimate_mode == "max"]
    assert up == ["dualing"]


def test_build_takes_arguments_over_its_defaults():
    networks = games.generator(), games.critic()
    gan = build("r3gan", *networks, gamma=0.5, n_critic=2, seed=3)
    assert (gan.gamma, gan.n_critic, gan.seed) == (0.5, 2, 3)
    assert build("r3gan", *networks).gamma == TABLE["r3gan"].arguments["gamma"]
    # None is that of the objective, and no number that fails to be one.
    assert build("wgan", *networks, n_critic=None).n_critic == 5
    with pytest.raises(ValueError, match="`n_critic`.*Received: n_critic=0"):
        build("wgan", *networks, n_critic=0)
    for unknown in ("WGAN", "", None, ["gan"]):
        with pytest.raises(ValueError, match="`name` must be one of .*gan, "):
            build(unknown, *networks)


def test_a_users_objective_is_in_the_table_by_its_name():
    class Relaxed(kgan.WGAN):
        short_name = "relaxed"
        estimate_name = "gap"

        def __init__(self, generator, critic, slack, n_critic=3, **options):
            super().__init__(generator, critic, n_critic, **options)

    class Unnamed(Relaxed):
        pass

    objective = table()["relaxed"]
    assert objective.model is Relaxed and objective.n_critic == 3
    assert objective.logs[-1] == "gap" and objective.clip_value == 0.01
    assert row(Unnamed).name == "" and row(Unnamed).n_critic == 3
    assert Unnamed not in {o.model for o in table().values()}
    assert isinstance(
        build("relaxed", games.generator(), games.critic(), slack=1), Relaxed
    )
    del Relaxed.short_name


def test_build_of_one_player():
    maker = games.generator()
    assert build("gmmn", maker, bandwidths=1.0).kernel.bandwidths == (1,)
    with pytest.raises(ValueError, match="gmmn has no discriminator.*Received"):
        build("gmmn", maker, games.critic())
    with pytest.raises(ValueError, match="swm has no dis.*Received.*critic=2"):
        build("swm", maker, n_critic=2)
    with pytest.raises(ValueError, match="`discriminator` must be.*None"):
        build("gan", maker)


@pytest.mark.parametrize(
    "name", [n for n, o in TABLE.items() if o.model.__name__ not in OF_SAMPLES]
)
def test_discriminator_parts_the_logits_and_stays_finite(name):
    loss = TABLE[name].model.discriminator_loss
    real, fake = (
        keras.ops.array(logits) for logits in ([[-0.5], [0.5]], [[0.3], [0.6]])
    )
    before = float(loss(real, fake))
    assert float(loss(real + 0.1, fake)) < before
    assert float(loss(real, fake - 0.1)) < before
    for size in (1e4, -1e4):
        assert math.isfinite(float(loss(real * size, fake * size)))


def test_no_list_of_objectives_is_written_a_second_time():
    """Two of the names in one list, in code that could read the table."""
    classes = "|".join(objective.model.__name__ for objective in TABLE.values())
    short = "|".join(TABLE)
    twice = re.compile(
        rf"(kgan\.({classes})[,}}\])].*){{2}}|(\"({short})\":.*){{2}}"
    )
    folders = ("kgan", "recipes", "benchmarks")
    for path in [p for f in folders for p in (ROOT / f).rglob("*.py")]:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            assert not twice.search(line), f"{path}:{number}: {line}"
