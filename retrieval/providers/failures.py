"""What a model's server can answer instead of an answer, in one sentence each."""

from __future__ import annotations

from retrieval.errors import ModelError, ModelSettingsError


class ModelFailures:
    """`with ModelFailures("chat"):` turns the client's errors into ours."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, ModelError):
            return
        sentence = self._sentence(error)
        if sentence is not None:
            raise sentence from error

    def _sentence(self, error: BaseException) -> ModelError | None:
        import httpx2  # noqa: PLC0415  what openai reads with; heavy
        import openai  # noqa: PLC0415

        # The first kind that fits; the last is what the client makes of an answer that is not
        # what the interface promises.
        kinds: list[tuple[tuple[type[BaseException], ...], type[ModelError], str]] = [
            (
                (openai.AuthenticationError, openai.PermissionDeniedError),
                ModelSettingsError,
                "'s server refused the key (OPENAI_API_KEY)",
            ),
            ((openai.NotFoundError,), ModelSettingsError, " is not known to its server"),
            ((openai.RateLimitError,), ModelError, "'s server is over its limit"),
            (
                (openai.APITimeoutError, httpx2.TimeoutException, TimeoutError),
                ModelError,
                " did not answer in time",
            ),
            (
                (openai.APIConnectionError, httpx2.TransportError),
                ModelError,
                "'s server can't be reached, or broke off",
            ),
            ((openai.OpenAIError,), ModelError, "'s server failed"),
            (
                (ValueError, TypeError, KeyError, AttributeError),
                ModelError,
                "'s server gave an answer that can't be read",
            ),
        ]
        for classes, kind, what in kinds:
            if isinstance(error, classes):
                return kind(f"The {self._kind} model{what}.")
        return None
