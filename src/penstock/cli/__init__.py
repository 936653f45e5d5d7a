"""The command line: parse arguments, call `penstock.connection`, print."""
