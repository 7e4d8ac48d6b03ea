"""The facts in which processes that train one model must be alike."""

from kgan.agreement.facts import agree as agree
from kgan.agreement.facts import make_together as make_together
from kgan.agreement.fits import begins_together as begins_together
from kgan.agreement.models import agree_on_players as agree_on_players
from kgan.agreement.models import of_optimizers as of_optimizers
from kgan.agreement.peers import Peers as Peers
