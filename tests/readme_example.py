import asyncio

from langchain_core.runnables import RunnableLambda

from retrieval.library import open_library
from retrieval.models import Answer, Unanswered
from retrieval.settings import LibrarySettings


def cited(answer: Answer | Unanswered) -> str:
    if isinstance(answer, Unanswered):
        return str(answer.reason)
    return "\n".join(f"{one.text} {list(one.citations)}" for one in answer.claims)


async def main() -> None:
    async with open_library(LibrarySettings.read()) as library:
        for document in await library.retriever(k=4).ainvoke("Who holds Sudzha?"):
            print(document.metadata["outlet"], document.metadata["published_at"])
            print(document.page_content)
        chain = library.answers() | RunnableLambda(cited)
        print(await chain.ainvoke("Who holds Sudzha?"))


asyncio.run(main())
