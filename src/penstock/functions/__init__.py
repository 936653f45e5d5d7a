"""ML.* table functions, and those in the place of a value: one module a function, a registry, bound to a query."""
