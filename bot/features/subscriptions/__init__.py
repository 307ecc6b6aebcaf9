"""Who gets a briefing when.

`request` reads what somebody writes behind /subscribe, `dialogue` asks for the rest by buttons.
`schedule` computes the next due instant, `time_zones` finds a zone by city, by offset or by place,
`store` keeps subscriptions in SQL, and the `scheduler` has those who are due served.
"""
