"""What moves by itself in a shot, cut out and followed: no weights, no torch."""
