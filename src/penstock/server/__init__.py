"""HTTP over the data plane: predictions, feedback, Open Inference Protocol V2, health, metrics, control API."""
