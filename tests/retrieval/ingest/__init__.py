"""Tests of `retrieval.ingest`."""
