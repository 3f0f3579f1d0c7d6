"""The web wing: one release over HTTP."""
