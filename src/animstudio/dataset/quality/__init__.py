"""What a picture is like, one measure a file."""
