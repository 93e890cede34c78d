"""What the operator sees of a running server: log, metrics and traces, none with anything a person wrote."""
