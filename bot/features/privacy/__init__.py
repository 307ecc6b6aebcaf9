"""What is kept about a person, and for how long.

`data_subject` says where something about a person is kept, and with that exports and deletes it;
`retention` deletes what is old.
"""
