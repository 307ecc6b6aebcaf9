"""Roles, invitations and languages: who may do what.

`people` has the table of permissions and stores roles and languages; `authorization` checks each
update before any handler; `invitations` let readers in; `chat_admins` says who manages a chat.
"""
