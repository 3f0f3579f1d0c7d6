"""The wing that makes releases out of text, with rdflib and pySHACL."""
