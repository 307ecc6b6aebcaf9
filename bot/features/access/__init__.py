"""Who may do what.

`people` holds the roles, who has which, and who speaks which language; `authorization` is the one
check before any handler; `invitations` let readers in; `chat_admins` says who manages a chat.
"""
