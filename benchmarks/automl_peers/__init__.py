"""One runner a peer, each run by the Python of its own environment, and the versions that this holds."""
