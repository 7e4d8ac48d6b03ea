"""GANs as keras-tuner sees them: a space of models, and how to score one."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import keras_tuner

from kgan.arguments import check_number
from kgan.metrics import SampleMetric
from kgan.objectives.wgan import WGAN
from kgan.tuning.arguments import call_builder, check_builder, check_fit
from kgan.tuning.budget import Budget
from kgan.tuning.defaults import PAPER, beginnings, clip_space, rate_of
from kgan.tuning.model_arguments import ModelArguments
from kgan.tuning.objective import as_objective, check_metrics, check_same
from kgan.tuning.outcomes import checked_seeds, summary
from kgan.tuning.seeds import VARIANCE_SAMPLES, VarianceShare, train
from kgan.tuning.space import Space, check_space, declare, largest
from kgan.tuning.trial_callbacks import own_callbacks, without_saver


class GANHyperModel(keras_tuner.HyperModel):
    """Spans a space of GANs: clip value, critic iterations, learning rates.

    Each trial trains one fresh model per seed. All trials have the same number
    of critic (or generator) updates. At the end a metric of held-out samples
    scores each model, and the trial's score is the median. A seed counts as
    worse than any other if its losses or score are not finite, or if its
    generator collapsed to one sample. A trial fails if its median is such a
    seed.

    To add hyper-parameters, let builders take `hp`, or override `configure`.

    Args:
        generator: Function that returns a new generator. It may take `hp`.
        discriminator: Function that returns a new critic. It may take `hp`.
        metrics: List of metrics of `kgan.metrics`. Each model gets copies.
        objective: Name of the score in the logs, such as
            `"val_sliced_wasserstein"`. `None` takes the first metric. Pass a
            `keras_tuner.Objective` if more is better.
        model: Class of the model.
        model_arguments: Dict of other arguments of the model's constructor,
            such as `{"gamma": (0.01, 10.0)}` for `kgan.R3GAN`. A tuple
            `(smallest, largest)` is a range: of two integers, or of two
            numbers above 0 (on a log scale). A list is a choice. Anything
            else is one value.
        clip_value: What to search, on a log scale: a tuple
            `(smallest, largest)`, a list of values, or one number. `None`
            does not clip. `"paper"` searches 0.001 to 0.1 if the objective's
            paper clips, and else does not clip.
        n_critic: The same with positive integers, searched evenly.
        generator_learning_rate: A range, list or number as for `clip_value`.
            `None` takes the model's default.
        discriminator_learning_rate: As `generator_learning_rate`.
        budget: Which updates all trials have in equal number,
            `"critic_updates"` or `"generator_updates"`.
        updates_per_epoch: Number of them in an epoch. Every n_critic from 1
            to 10 divides 2,520.
        seeds: Distinct integers, at least 0: one run each.
        min_variance_share: Number from 0 to 1. A generator with less than
            this share of the held-out samples' variance has collapsed.

    Raises:
        ValueError: If an argument is not as above, or if the objective is a
            player's loss, which changes with the clip value.

    Example:

    ```python
    hypermodel = kgan.tuning.GANHyperModel(
        lambda: kgan.architectures.mlp_generator(2, 3),
        lambda: kgan.architectures.mlp_discriminator(2),
        metrics=[kgan.metrics.SlicedWasserstein()],
    )
    tuner = keras_tuner.RandomSearch(
        hypermodel, hypermodel.objective, max_trials=24, directory="runs"
    )
    trials = kgan.tuning.search(tuner, points, validation_data=held_out)
    ```
    """

    def __init__(
        self,
        generator: Callable[..., keras.Model],
        discriminator: Callable[..., keras.Model],
        metrics: Sequence[SampleMetric],
        *,
        objective: str | keras_tuner.Objective | None = None,
        model: Callable[..., keras.Model] = WGAN,
        model_arguments: Mapping[str, Any] | None = None,
        clip_value: Space | str | None = PAPER,
        n_critic: Space = (1, 10),
        generator_learning_rate: Space | None = None,
        discriminator_learning_rate: Space | None = None,
        budget: str = "critic_updates",
        updates_per_epoch: int = 2520,
        seeds: Sequence[int] = (0, 1, 2),
        min_variance_share: float = 1e-4,
    ):
        super().__init__(name="kgan")
        for name, builder in (
            ("generator", generator),
            ("discriminator", discriminator),
            ("model", model),
        ):
            check_builder(name, builder)
        self.generator, self.discriminator = generator, discriminator
        self.model = model
        self.model_arguments = ModelArguments(model, model_arguments)
        self.beginnings = beginnings(model)
        self._metrics = check_metrics(metrics)
        self.objective = as_objective(objective, self._metrics)
        self.spaces = {
            name: check_space(name, space)
            for name, space in (
                ("clip_value", clip_space(model, clip_value)),
                ("generator_learning_rate", generator_learning_rate),
                ("discriminator_learning_rate", discriminator_learning_rate),
            )
            if space is not None
        }
        self.spaces["n_critic"] = check_space("n_critic", n_critic, whole=True)
        self.budget = Budget(budget, updates_per_epoch)
        self.budget.check(largest(self.spaces["n_critic"]))
        self.seeds = checked_seeds(seeds)
        self.min_variance_share = check_number(
            "min_variance_share",
            min_variance_share,
            "a share of the variance, from 0 to 1",
            lambda share: 0 <= share <= 1,
        )

    def metrics(self) -> list[SampleMetric]:
        """Makes metric objects for one model, and one for its variance."""
        copies = [type(m).from_config(m.get_config()) for m in self._metrics]
        return [*copies, VarianceShare(num_samples=VARIANCE_SAMPLES)]

    def configure(
        self, hp: keras_tuner.HyperParameters, model: keras.Model
    ) -> None:
        """Changes a compiled model; override it to search over more.

        It may compile the model again, with `metrics=self.metrics()`.
        """

    def build(self, hp: keras_tuner.HyperParameters) -> keras.Model:
        """Builds the compiled model of a trial's first seed."""
        return self.build_seed(hp, self.seeds[0])

    def build_seed(
        self, hp: keras_tuner.HyperParameters, seed: int
    ) -> keras.Model:
        """Builds the compiled model of any seed of a trial."""
        keras.utils.set_random_seed(seed)
        declared = {
            name: declare(hp, name, self.spaces[name], self.beginnings[name])
            for name in ("n_critic", "clip_value")
            if name in self.spaces
        }
        model = self.model(
            call_builder(self.generator, hp),
            call_builder(self.discriminator, hp),
            n_critic=declared["n_critic"],
            seed=seed,
            **self.model_arguments.declare(hp, self.beginnings),
        )
        optimizers = {}
        for player in ("generator", "discriminator"):
            name = f"{player}_optimizer"
            optimizers[name] = model.default_optimizer(name)
            rate = f"{player}_learning_rate"
            if rate in self.spaces:
                begin = rate_of(optimizers[name])
                optimizers[name].learning_rate = declare(
                    hp, rate, self.spaces[rate], begin
                )
        model.compile(**optimizers, metrics=self.metrics())
        self.configure(hp, model)
        return model

    def fit(
        self,
        hp: keras_tuner.HyperParameters,
        model: keras.Model,
        x: Any = None,
        **options: Any,
    ) -> dict[str, float]:
        """Trains one model per seed; returns the median of their scores.

        `tuner.search` calls it with its arguments. They are those of the
        model's `fit`, with `validation_data`. `x` may be a function of the
        seed.

        Returns:
            Dict of the objective, the scores of the seeds that have one
            (`seed_0` and so on), `failed_seeds`, the updates and the seconds.

        Raises:
            keras_tuner.errors.FailedTrialError: If so many seeds failed that
                the median is one of them.
            keras_tuner.errors.FatalValueError: If the arguments are invalid.
                This ends the search.
        """
        began = time.monotonic()
        fit = check_fit(x, options)
        saver, callbacks = without_saver(fit.pop("callbacks"))
        if saver is not None:
            try:
                check_same(saver.objective, self.objective)
            except ValueError as error:
                raise keras_tuner.errors.FatalValueError(error) from error
        verbose = fit.pop("verbose")
        steps = self.budget.steps_per_epoch(hp.values["n_critic"])
        outcomes = []
        for seed in self.seeds:
            # Otherwise the graphs of all seeds and trials stay in memory.
            keras.utils.clear_session()
            model = self.build_seed(hp, seed)
            outcome = train(
                model,
                hp,
                seed,
                self.objective.name,
                self.min_variance_share,
                fit
                | {
                    "x": x(seed) if callable(x) else x,
                    "steps_per_epoch": steps,
                    "callbacks": own_callbacks(callbacks, seed),
                    "verbose": 0,
                },
            )
            outcomes.append(outcome)
            if saver is not None and outcome.score is not None:
                # The best seed as it was scored, at the end.
                saver.set_model(model)
                saver.on_epoch_end(0, {self.objective.name: outcome.score})
            if verbose:
                print(
                    f"{outcome}, {time.monotonic() - began:.0f} s", flush=True
                )
        total = steps * fit["epochs"]
        return summary(outcomes, self.objective) | {
            "critic_updates": total * hp.values["n_critic"],
            "generator_updates": total,
            "seconds": time.monotonic() - began,
        }
