"""Serves a file with rdflib-endpoint, in its own environment, with all graphs as they stand."""

from __future__ import annotations

import argparse

import uvicorn
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint


def main() -> None:
    """Serve on loopback until SIGTERM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("file")
    options = parser.parse_args()
    # Its own command would make the default graph the union of all graphs, which ours is not.
    dataset = Dataset(default_union=False)
    if options.file.endswith(".nq"):
        dataset.parse(options.file, format="nquads")
    else:
        dataset.default_graph.parse(options.file, format="nt")
    application = SparqlEndpoint(graph=dataset, path="/sparql")
    uvicorn.run(
        application, host="127.0.0.1", port=options.port, access_log=False, log_level="warning"
    )


if __name__ == "__main__":
    main()
