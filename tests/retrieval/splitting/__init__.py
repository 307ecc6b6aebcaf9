"""Tests of `retrieval.splitting`."""
