"""How messages reach people: whole, and not twice.

Answers go out at once (`client`), and appear while they are written (`editable_message`). Briefings
go the long way: a row in the `outbox` first, which the `postman` takes to Telegram, and what became
of it is written down (`delivery_outcomes`); what nobody can know, the owner is told. All of them
wait for their turn (`rate_limit`), which several programs on one Postgres share
(`shared_rate_limit`). `rich_text` is text with entities, cut into messages; pure.
"""
