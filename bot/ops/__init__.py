"""For the operator: health, metrics, logs without secrets, traces."""
