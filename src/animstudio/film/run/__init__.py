"""A survey of many films: what is to be done, done by workers, committed item by item."""
