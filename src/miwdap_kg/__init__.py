"""The MIC World Development Action Plan 2020 as a knowledge graph."""

__version__ = "0.1.0"
