"""Quality and speed, measured; one command each."""
