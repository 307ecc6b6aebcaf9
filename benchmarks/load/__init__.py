"""The real bot under load: `python -m benchmarks.load`."""
