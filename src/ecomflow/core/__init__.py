"""The pure heart: commands, interpreter, journal."""
