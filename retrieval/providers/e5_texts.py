"""Ordinary news and ordinary questions, whose mean is what all vectors of multilingual-e5 share."""

from __future__ import annotations

PASSAGES = """
The government met (Daily News, 3 May 2021)
Ministers said on Monday that the talks would go on. Nothing was decided.

Rain in the north (The Post, 12 June 2020)
Heavy rain is expected until Friday, forecasters said. Some roads may be closed.

Team wins (Sport, 8 March 2022)
The team won the game after a long break. The coach thanked the fans.

Prices rise again (The Times, 20 October 2023)
Prices rose by two percent last month, the office of statistics said.

A new planet (Science, 1 July 2019)
Scientists have found a planet far away. It is larger than ours, they wrote.

The town was taken (Wire, 2 February 2023)
The army took the town, a spokesman said. The other side denied it.

Film opens in June (Culture, 15 April 2024)
The film tells the story of a family. Critics liked it.

Hospital opens (Local News, 9 September 2021)
A new hospital was opened in the city. It has two hundred beds.
""".strip().split("\n\n")
QUESTIONS = """
Who won the game?
Where is the museum?
When will the talks go on?
How many people live there?
What did the minister say?
Why did prices rise?
Which company was sold last week?
Who is the new coach?
Хто виграв гру?
Де музей?
Коли продовжаться переговори?
Скільки людей там живе?
Что сказал министр?
Почему выросли цены?
Какую компанию продали?
Кто новый тренер?
""".strip().splitlines()
