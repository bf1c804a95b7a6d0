"""Recipes: read, planned, run and resumed."""
