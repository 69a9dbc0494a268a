"""Ties to numbers: measures of networks, actors and groups, change between waves, tests and models."""
