"""Questions: understand them, find what answers them, quote it, serve it. Builds on ingest."""
