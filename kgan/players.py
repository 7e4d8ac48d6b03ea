"""The networks of a model, and who trains them."""

import keras


class Players:
    """The part of a model that knows its networks."""

    generator: keras.Model
    # No values here: they would hide PyTorch's modules.
    discriminator: keras.Model | None
    averaged_generator: keras.Model | None

    @property
    def makers(self) -> tuple[keras.Model, ...]:
        """Returns the generator, and others that its optimizer trains."""
        return (self.generator,)

    @property
    def making_variables(self) -> list[keras.Variable]:
        """The variables that the generator's optimizer trains."""
        return [v for maker in self.makers for v in maker.trainable_variables]

    @property
    def judges(self) -> tuple[keras.Model, ...]:
        """Returns what its optimizer trains, the discriminator first.

        A model without a discriminator has none.
        """
        return () if self.discriminator is None else (self.discriminator,)

    @property
    def judging_variables(self) -> list[keras.Variable]:
        """The variables that the discriminator's optimizer trains."""
        return [v for judge in self.judges for v in judge.trainable_variables]

    @property
    def networks(self) -> tuple[keras.Model, ...]:
        """All networks that play, the generator first."""
        return (*self.makers, *self.judges)

    @property
    def sampling_generator(self) -> keras.Model:
        """The network that draws samples: the average, where there is one."""
        if self.averaged_generator is None:
            return self.generator
        return self.averaged_generator
