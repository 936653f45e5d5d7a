"""A model type for Penstock: an additive regression, one learnt curve a column."""
