"""One dataset, many trainers: one file a layout."""
