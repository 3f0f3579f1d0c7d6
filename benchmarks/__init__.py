"""Measures what the project promises, next to its peers and in the same run."""
