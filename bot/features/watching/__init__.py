"""Topics and stories that somebody watches, follows or mutes.

`store` keeps them, `alerts` tells whoever watches at once, `views` is what is said.
"""
