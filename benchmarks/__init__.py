"""One script per claim of docs/performance.md, each against its baseline in the same run."""
