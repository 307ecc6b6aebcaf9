import asyncio

from retrieval.library import open_library
from retrieval.settings import LibrarySettings


async def main() -> None:
    async with open_library(LibrarySettings.read()) as library:
        for document in await library.retriever(k=4).ainvoke("Who holds Sudzha?"):
            print(document.metadata["outlet"], document.metadata["published_at"])
            print(document.page_content)


asyncio.run(main())
