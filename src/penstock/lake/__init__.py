"""Where rows live: DuckDB over DuckLake, files as tables, snapshots, artifacts. The only user of duckdb."""
