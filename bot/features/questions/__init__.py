"""A question, from the message to the answer and the buttons under it.

`admission` says how many are answered at once and for how many tokens, `conversations` what a
person asked before, `views` how an answer looks, `feedback` what people thought of it.
"""
