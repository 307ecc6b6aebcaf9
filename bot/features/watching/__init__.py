"""Topics and stories that somebody watches, follows or mutes.

`store` keeps them in SQL, `alerts` sends messages as things happen, `views` makes the messages.
"""
