"""Everything that Sitrep raises on purpose.

    SitrepError
    ├── SettingsError          a setting is missing or malformed
    ├── RequestError           what a person asked for can't be done as they asked
    ├── SourceError            an article could not be had from what was given
    │   ├── FetchError         ... because it could not be fetched
    │   └── ExtractError       ... because no article could be read out of it
    ├── ArchiveError           the archive can't do what was asked
    │   ├── RefusedError       ... with this one thing: the database lives, and will not keep it
    │   ├── SchemaError        its schema is newer than this program
    │   ├── IndexMismatchError the vectors were made by another model or splitter
    │   └── IndexBusyError     another program is writing the vectors
    └── ModelError             the language or embedding model failed
        ├── ModelSettingsError ... because it is not configured rightly
        ├── ModelTooLongError  ... because the prompt is longer than it can read
        └── ModelTruncatedError ... because its answer broke off

`error.message` is always one sentence that may be shown to the person who caused the work, in
their language; `str(error)` is the same in English, for logs and the command line. Details for the
operator are in `__cause__`.
"""

from __future__ import annotations

from retrieval.messages import UserMessage


class SitrepError(Exception):
    """Base of all; a plain string is for whoever runs Sitrep, and stays in English."""

    def __init__(self, message: UserMessage | str) -> None:
        self.message = message if isinstance(message, UserMessage) else UserMessage(message)
        super().__init__(str(self.message))


class SettingsError(SitrepError):
    """A setting is missing or malformed; names it and what was expected."""


class RequestError(SitrepError):
    """What a person asked for can't be done as they asked; the message says how it can."""

    def __init__(self, message: UserMessage) -> None:
        super().__init__(message)


class SourceError(SitrepError):
    """No article could be had from a source."""

    def __init__(self, message: UserMessage) -> None:
        super().__init__(message)


class FetchError(SourceError):
    """The source's address could not be fetched, or must not be."""


class ExtractError(SourceError):
    """What was given holds no article that can be read."""


class ArchiveError(SitrepError):
    """The archive can't do what was asked of it."""


class RefusedError(ArchiveError):
    """The database will not keep what it was given, however often it is asked."""


class SchemaError(ArchiveError):
    """The database was written by a newer Sitrep."""


class IndexMismatchError(ArchiveError):
    """The vector index was built by another embedding model, dimension or splitter."""


class IndexBusyError(ArchiveError):
    """Another program writes the vector index of this data directory."""


class ModelError(SitrepError):
    """A language or embedding model failed; `details` are its server's own words, if it had any."""

    def __init__(self, message: UserMessage | str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class ModelSettingsError(ModelError):
    """A model's settings are wrong: name, key or address."""


class ModelTooLongError(ModelError):
    """A prompt is longer than the model can read; `window` in tokens, 0 where nobody says."""

    def __init__(self, message: UserMessage | str, details: str = "", window: int = 0) -> None:
        super().__init__(message, details)
        self.window = window


class ModelTruncatedError(ModelError):
    """A model's answer broke off before its end."""
