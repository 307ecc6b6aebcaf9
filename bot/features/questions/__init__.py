"""Questions, from the message to the answer and its buttons.

`admission` limits how many are answered at once and for how many tokens, `conversations` stores
what a person asked before, `views` makes the messages, `feedback` collects votes.
"""
