"""The versions of what a survey makes; a module of its own, so that the catalog loads nothing."""

VERSIONS = {"measures": 1, "sound": 1, "frames": 1, "scenes": 1, "camera": 1, "composition": 1}
"""Raised when a stage's results change, so that old ones are made again."""
