"""A workflow in plain words, made of its file as it is written."""
