"""The Telegram bot and the command line of Sitrep; only this package knows Telegram.

`app` builds everything, `features` hold what people can do, `telegram` delivers messages, `cli` is
the command line. `local_api` is a Telegram server for the demo, tests and benchmarks.
"""
