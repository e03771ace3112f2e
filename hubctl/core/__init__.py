"""The pure core: data and functions of data. No I/O, no clock, no randomness."""
