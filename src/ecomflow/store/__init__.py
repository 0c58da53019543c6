"""The store: SQLite files that hold all that must not be lost."""

from ecomflow.store.inbox import Inbox, Letter
from ecomflow.store.lease import Lease
from ecomflow.store.place import said
from ecomflow.store.store import FAULTS, Store
from ecomflow.store.versions import is_made

__all__ = ["FAULTS", "Inbox", "Lease", "Letter", "Store", "is_made", "said"]
