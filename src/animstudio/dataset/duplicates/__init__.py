"""Pictures that show the same, twice."""
