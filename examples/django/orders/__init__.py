"""Orders, and the events that tell of them."""
