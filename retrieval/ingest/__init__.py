"""Walk 1, the reading half: from whatever a person names to drafts of articles.

1. `sources` tells what was given: a file, a folder, an address, standard input, an upload, a text.
2. `fetch` gets a page by `web`, the one way out: public `addresses` only, within limits on time,
   size (`decompress`), redirects and requests at once (`gate`); `canonical` writes an address the
   one way that identifies it.
3. `found` asks `extract.kinds` what the bytes are, and a process of the pool (`workers`) to read
   them: `parsing` takes `extract.readers` (one article), `extract.records` (one a line) or
   `extract.containers` (zip), for a `Draft` or one sentence that says why there is none.

What fails is a `Found` with a rejection: one bad item never ends the run.
"""

from retrieval.ingest.gate import Gate
from retrieval.ingest.ingestor import Ingestor
from retrieval.ingest.sources import Found, Reading, files_in
from retrieval.ingest.workers import Pool

__all__ = ["Found", "Gate", "Ingestor", "Pool", "Reading", "files_in"]
