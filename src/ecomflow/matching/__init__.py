"""From an event to the workflows and waiting runs it concerns, by index."""

from ecomflow.matching.correlation import Shapes, shapes_of, subscription_key
from ecomflow.matching.groups import Candidate
from ecomflow.matching.index import Listener, WorkflowIndex
from ecomflow.matching.sought import Sought
from ecomflow.matching.tables import look_up
from ecomflow.matching.watching import WatchIndex, watch_of, watching_trigger
from ecomflow.model import type_fits

__all__ = [
    "Candidate",
    "Listener",
    "Shapes",
    "Sought",
    "WatchIndex",
    "WorkflowIndex",
    "look_up",
    "shapes_of",
    "subscription_key",
    "type_fits",
    "watch_of",
    "watching_trigger",
]
