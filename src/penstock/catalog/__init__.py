"""What exists: objects, versions, runs, leases, history. Only this room knows SQLAlchemy."""
