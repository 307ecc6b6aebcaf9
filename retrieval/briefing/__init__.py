"""Walk 3, a briefing: the articles of a window -> stories -> what is new to this reader -> written.

`briefer` gathers what the window holds, `stories` puts reports of one event together, `told`
compares with what the reader knows, `ranking` orders, `writing` (a model) or `quoting` (nobody)
tells.
"""
