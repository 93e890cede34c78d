"""Who may do what: accounts, sessions, tokens, and the gate in front of every route."""
