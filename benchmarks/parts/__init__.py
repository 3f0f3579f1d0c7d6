"""The parts of the measurements; each can be run alone."""
