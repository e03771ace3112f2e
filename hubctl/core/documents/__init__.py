"""Files that people write become values, or errors with their lines."""
