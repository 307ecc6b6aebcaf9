"""What people can do with the bot, a room each: its handlers, what they say, and what is kept.

Handlers are bound methods of small classes, `views` are pure and know no Telegram, `store` is SQL.
"""
