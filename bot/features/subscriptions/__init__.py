"""Scheduled briefings.

`request` parses the arguments of /subscribe, `dialogue` asks for the rest by buttons. `schedule`
computes when a briefing is due, `time_zones` finds a zone by city, offset or place, `store` keeps
subscriptions in SQL, and the `scheduler` has due briefings written and queued.
"""
