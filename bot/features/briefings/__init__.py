"""Briefings on request and for subscribers.

`request` parses what a reader asks for, `handlers` have it written and handle buttons, `views`,
`documents` and `pictures` make messages, files and pictures, and `delivery` queues the messages.
"""
