"""The news library: it knows articles and models, and no chat platform.

Three walks: an article in (`ingest`), a question (`answering`), and the search that both meet in.
`library.open_library` puts the rooms together.
"""
