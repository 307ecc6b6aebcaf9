"""Walk 1, the reading half: from whatever a person names to drafts of articles.

1. `ingestor` is the walk; `sources` tells what was given: a file, a folder, an address, standard
   input, an upload, a text.
2. `http` is the one way out: public `addresses` only, within limits on time, size, redirects and
   requests at once; `canonical` writes an address the one way that identifies it.
3. `extract.kinds` tells what the bytes are, and a process of the `sandbox` reads them: `parsing`
   asks the reader of that kind for a `Draft`, or for one sentence that says why there is none.

What fails is a `FoundSource` with a rejection: one bad item never ends the run.
"""

from retrieval.ingest.http import FetchConfig, HostLimiter
from retrieval.ingest.ingestor import Ingestor
from retrieval.ingest.sandbox import Pool
from retrieval.ingest.sources import FoundSource, files_in

__all__ = ["FetchConfig", "FoundSource", "HostLimiter", "Ingestor", "Pool", "files_in"]
