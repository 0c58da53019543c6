"""What would happen: a workflow played through on virtual time in memory, and how that is told."""
