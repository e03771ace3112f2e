"""Which of the sources that tell of a worker is believed."""
