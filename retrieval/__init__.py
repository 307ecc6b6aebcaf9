"""The news library: articles and models, independent of any chat platform.

Three walks: an article in (`ingest`), a question (`answering`), a briefing (`briefing`).
`library.open_library` puts the packages together.
"""
