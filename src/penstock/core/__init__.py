"""Names, spans, diagnostics, errors, options, clock, settings, events: the standard library and nothing else."""
