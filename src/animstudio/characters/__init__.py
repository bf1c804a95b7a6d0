"""From shots to tracked and named characters."""
