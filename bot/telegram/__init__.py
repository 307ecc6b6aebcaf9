"""Delivers messages to people: complete, and at most once.

Answers are sent directly (`client`) and appear while they are written (`editable_message`).
Briefings go through the `outbox`: each message is a row before the `postman` sends it, and its
outcome is recorded (`delivery_outcomes`); the owner hears of those that nobody can know. All wait
for the `rate_limit`, which several programs on one Postgres share (`shared_rate_limit`).
`rich_text` is text with entities, split into messages; pure.
"""
