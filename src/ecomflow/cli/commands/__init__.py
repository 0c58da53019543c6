"""One file a command; each has ``command`` and is imported when it is called."""
