"""What whoever runs the bot sees of it: health, metrics, logs without secrets, traces."""
