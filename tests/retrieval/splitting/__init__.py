"""Tests of `retrieval.text.sentences`."""
