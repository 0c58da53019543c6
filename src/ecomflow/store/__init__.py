"""The store: SQLite files that hold all that must not be lost."""

from ecomflow.store.inbox import Inbox, Letter
from ecomflow.store.lease import Lease
from ecomflow.store.place import said
from ecomflow.store.store import FAULTS, Store

__all__ = ["FAULTS", "Inbox", "Lease", "Letter", "Store", "said"]
