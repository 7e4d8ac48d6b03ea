"""Optimizers whose numbers follow the images seen."""

from kgan.optimizers.scheduled_adam import ScheduledAdam as ScheduledAdam
