"""The language reference, written from what the code declares: `python -m penstock.cli.reference docs/reference`."""
