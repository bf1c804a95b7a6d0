"""The versions of what the film wing makes; a module apart, so that the catalog loads nothing."""

VERSIONS = {
    "films": 1,
    "measures": 1,
    "sound": 1,
    "frames": 1,
    "shots": 1,
    "camera": 1,
    "composition": 1,
}
"""Raised when a stage's results change, so that old ones are made again."""
