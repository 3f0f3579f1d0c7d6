"""The MIC World Development Action Plan 2020 as a knowledge graph."""

from importlib.metadata import version

__version__ = version("miwdap-kg")
