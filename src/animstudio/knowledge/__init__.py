"""The knowledge wing: documents read, cut into chunks, and found again with exact citations."""
