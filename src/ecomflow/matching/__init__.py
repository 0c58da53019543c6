"""From an event to the workflows and waiting runs it concerns, by index."""

from ecomflow.matching.correlation import Shapes, shapes_of, subscription_key
from ecomflow.matching.index import Candidate, WorkflowIndex, look_up, type_fits

__all__ = ["Candidate", "Shapes", "WorkflowIndex", "look_up", "shapes_of", "subscription_key", "type_fits"]
