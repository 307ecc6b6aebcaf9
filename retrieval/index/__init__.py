"""The vector index, which finds passages by meaning; it can be rebuilt from SQL at any time.

An article is `pending` in SQL until the `indexer` has embedded it and written its vectors to
`chroma`. `vector_filter` makes filtered searches fast; `stories` reads articles with their vectors.
"""
