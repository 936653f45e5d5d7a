"""The data plane without HTTP: rows checked, scored by the version that a route chooses, and logged."""
