"""Text to statements and back. The only room that knows sqlglot."""
