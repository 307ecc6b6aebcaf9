"""What is stored about a person, and for how long.

`data_subject` knows where, and so exports and deletes it; `retention` deletes old data.
"""
