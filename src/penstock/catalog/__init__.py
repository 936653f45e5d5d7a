"""What exists: objects, versions, runs, leases, history, lineage. Only this room knows SQLAlchemy."""
