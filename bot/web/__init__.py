"""The web: chat page, JSON API, and the server that holds them."""
