"""Finding passages: words and meaning, each scored, fused, filtered and merged."""
