"""The Telegram side of Sitrep, and its command line; the only room that knows Telegram.

`app` puts handlers before the library, `handlers` decide what a message means, `render` says it,
`delivery` sends it. `local_api` is a Telegram of one's own, for the demo and for tests.
"""
