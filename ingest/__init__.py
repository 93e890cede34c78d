"""Documents: load, clean, cut, embed and store them. Knows nothing of questions."""
