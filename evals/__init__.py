"""Measuring: ask questions whose answers are known, and score. Builds on bot; holds the root of the CLI."""
