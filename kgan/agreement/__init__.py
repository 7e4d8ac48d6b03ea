"""The facts in which processes that train one model must be alike."""

from kgan.agreement.data import of_data as of_data
from kgan.agreement.fits import WAY_OUT as WAY_OUT
from kgan.agreement.fits import begins_together as begins_together
from kgan.agreement.models import of_model as of_model
from kgan.agreement.models import of_optimizers as of_optimizers
from kgan.agreement.models import of_players as of_players
