"""What a table is, before anything learns from it: findings about columns, rows and label, one module a kind."""
