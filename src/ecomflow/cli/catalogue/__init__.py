"""What is installed, as people look it up: arguments with their types, effects, origins, and text to paste."""
