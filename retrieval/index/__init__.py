"""What finds passages by their meaning: made from SQL, and at any time made again.

An article is `pending` in SQL until the `indexer` has embedded it and written its vectors to
`chroma`. A search within a filter goes to `vector_filter`; `stories` reads articles with their
vectors.
"""
