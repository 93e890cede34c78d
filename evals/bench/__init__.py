"""`huiwen bench`: speed and memory, measured; every figure beside its limit, or beside its peer of the same run."""
