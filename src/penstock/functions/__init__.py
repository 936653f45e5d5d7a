"""ML.* table functions and what stands inside TRANSFORM: one module a function, one registry, bound to a query."""
