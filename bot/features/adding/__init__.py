"""How articles come in: links, files and posts become jobs in SQL, which are worked off beside.

What a message holds (`sources`) becomes a job with items (`jobs`, `store`); the `runner` has them
read, so many at once and of one host (`reading`), and shows in one message how it goes (`views`).
Whatever is killed when: what was not written down as done is read at the next start.
"""
