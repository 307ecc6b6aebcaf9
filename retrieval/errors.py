"""The errors that Sitrep raises.

    SitrepError
    ├── SettingsError          a setting is missing or malformed
    ├── RequestError           a person's request can't be carried out as it stands
    ├── SourceError            no article could be read from a source
    │   ├── FetchError         ... because it could not be fetched
    │   └── ExtractError       ... because there is no readable article in it
    ├── ArchiveError           the archive failed
    │   ├── RefusedError       ... for one row: the database works, but rejects the data
    │   ├── SchemaError        its schema is newer than this program
    │   ├── IndexMismatchError the vectors were made by another model or splitter
    │   └── IndexBusyError     another program is writing the vectors
    └── ModelError             the language or embedding model failed
        ├── ModelSettingsError ... because it is misconfigured
        ├── ModelTooLongError  ... because the prompt is longer than it can read
        └── ModelTruncatedError ... because its answer broke off

`error.message` is always one sentence for the person who asked, to be translated when it is shown;
`str(error)` is the same in English, for logs and the command line. `__cause__` has the details for
the operator.
"""

from __future__ import annotations

from retrieval.messages import UserMessage


class SitrepError(Exception):
    """Base of all errors; a message that is a plain string is for operators and not translated."""

    def __init__(self, message: UserMessage | str) -> None:
        self.message = message if isinstance(message, UserMessage) else UserMessage(message)
        super().__init__(str(self.message))


class SettingsError(SitrepError):
    """A setting is missing or malformed; the message names it and what was expected."""


class RequestError(SitrepError):
    """A person's request can't be carried out as it stands; the message says what to do instead."""

    def __init__(self, message: UserMessage) -> None:
        super().__init__(message)


class SourceError(SitrepError):
    """No article could be read from a source."""

    def __init__(self, message: UserMessage) -> None:
        super().__init__(message)


class FetchError(SourceError):
    """The source's address could not be fetched, or must not be."""


class ExtractError(SourceError):
    """The source contains no readable article."""


class ArchiveError(SitrepError):
    """The archive failed."""


class RefusedError(ArchiveError):
    """The database rejects the data; trying again doesn't help."""


class SchemaError(ArchiveError):
    """A newer Sitrep wrote the database."""


class IndexMismatchError(ArchiveError):
    """The vector index was built by another embedding model, dimension or splitter."""


class IndexBusyError(ArchiveError):
    """Another program is writing the vector index in this data directory."""


class ModelError(SitrepError):
    """A language or embedding model failed; `details` is its server's own message, if any."""

    def __init__(self, message: UserMessage | str, details: str = "") -> None:
        super().__init__(message)
        self.details = details


class ModelSettingsError(ModelError):
    """A model's settings are wrong: name, key or address."""


class ModelTooLongError(ModelError):
    """A prompt is longer than the model's context; `window` is its size in tokens, 0 if unknown."""

    def __init__(self, message: UserMessage | str, details: str = "", window: int = 0) -> None:
        super().__init__(message, details)
        self.window = window


class ModelTruncatedError(ModelError):
    """A model's answer broke off before its end."""
