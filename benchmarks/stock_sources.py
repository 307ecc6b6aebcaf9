"""LangChain's stock chain with sources, in a Python of its own: see `benchmarks.model_answers`.

Run by path with an interpreter that has langchain-classic and langchain-openai; it must not import
anything of ours. Reads a JSON object a line (question, passages) from standard input, and writes
one with the answer and its seconds.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings

warnings.simplefilter("ignore")

from langchain_classic.chains.qa_with_sources.loading import load_qa_with_sources_chain  # noqa: E402
from langchain_core.documents import Document  # noqa: E402
from langchain_openai import ChatOpenAI  # noqa: E402


def main() -> None:
    model = ChatOpenAI(
        model=os.environ["CHAT_MODEL"].partition(":")[2],
        base_url=os.environ.get("OPENAI_BASE_URL") or None,
        api_key=os.environ.get("OPENAI_API_KEY") or "none",
        temperature=0,
        max_tokens=int(os.environ.get("CHAT_MAX_TOKENS") or 400),
        timeout=float(os.environ.get("CHAT_TIMEOUT_S") or 600),
        use_responses_api=False,
    )
    chain = load_qa_with_sources_chain(model, chain_type="stuff")
    for line in sys.stdin:
        asked = json.loads(line)
        documents = [
            Document(text, metadata={"source": str(number)})
            for number, text in enumerate(asked["passages"], start=1)
        ]
        began = time.perf_counter()
        try:
            said = chain.invoke({"input_documents": documents, "question": asked["question"]})
            answer = {"text": said["output_text"]}
        except Exception as error:  # noqa: BLE001  whatever its client raises is a failed answer
            answer = {"text": "", "error": f"{type(error).__name__}: {error}"[:300]}
        print(json.dumps({**answer, "seconds": time.perf_counter() - began}), flush=True)


if __name__ == "__main__":
    main()
