"""One loader per family of formats; each turns the bytes of a file into blocks. `ingest.load` is the door."""
