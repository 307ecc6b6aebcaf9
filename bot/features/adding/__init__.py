"""Adds articles: links, files and posts become jobs in SQL, which run in the background.

A message's sources (`sources`) become a job with items (`jobs`, `store`). The `runner` has them
read, with limits in all and per host (`reading`), and shows the progress in one message (`views`).
After a crash at any point, everything not recorded as done is read at the next start.
"""
