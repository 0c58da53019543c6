"""From an event to the workflows and waiting runs it concerns, by index."""

from ecomflow.matching.correlation import Shapes, shapes_of, subscription_key
from ecomflow.matching.index import Candidate, WorkflowIndex, look_up, type_fits
from ecomflow.matching.sought import Sought
from ecomflow.matching.watching import WatchIndex, watch_of, watching_trigger

__all__ = [
    "Candidate",
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
