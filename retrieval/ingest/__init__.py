"""Walk 1, the reading half: from a source named by a person to drafts of articles.

1. `ingestor` is the walk; `sources` reads a file, a folder, an address, standard input, an upload
   or a text.
2. `http` makes all requests: to public `addresses` only, with limits on time, size, redirects and
   concurrency; `canonical` gives each address its canonical form.
3. `extract.kinds` detects the kind of content, and a `sandbox` process reads it: `parsing` calls
   the reader of that kind, which returns an `ArticleDraft`, or a sentence that says why not.

Failures are `FoundSource`s with a rejection: one bad item never ends the run.
"""

from retrieval.ingest.http import FetchConfig, HostLimiter
from retrieval.ingest.ingestor import Ingestor
from retrieval.ingest.sandbox import Pool
from retrieval.ingest.sources import FoundSource, files_in

__all__ = ["FetchConfig", "FoundSource", "HostLimiter", "Ingestor", "Pool", "files_in"]
