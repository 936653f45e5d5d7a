"""The statistics of experiments: numbers in, numbers and verdicts out; nothing here knows of endpoints or tables."""
