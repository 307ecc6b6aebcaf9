"""Briefings: what a reader asks for (`request`), and how one looks.

`handlers` have them written and answer the buttons under them, `views` are messages, `documents`
files, `pictures` pictures; `delivery` makes messages for the outbox out of them.
"""
