"""Which embedding model of this machine for which archive, as measured (benchmarks/embedders)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A value of `EMBEDDING_MODEL`: what it finds among the first four, how fast, how large.

    Hits@4 of questions in English, Ukrainian and Russian over English articles, by meaning alone;
    milliseconds a question, passages a second, and megabytes of memory, on two cores.
    """

    setting: str
    english: float
    ukrainian: float
    russian: float
    ms_a_question: float
    passages_a_second: int
    megabytes: int
    suits: str

    def __str__(self) -> str:
        return (
            f"{self.setting}: Hits@4 English {self.english:.2f}, Ukrainian {self.ukrainian:.2f}, "
            f"Russian {self.russian:.2f}; {self.ms_a_question:g} ms a question, "
            f"{self.passages_a_second:,} passages a second, {self.megabytes} MB. {self.suits}"
        )


LOCAL_MODELS = (
    LocalModel("local", 0.82, 0.0, 0.0, 8.3, 22, 228, "For English articles and questions."),
    LocalModel(
        "local-static",
        0.79,
        0.0,
        0.05,
        0.1,
        1746,
        61,
        "For many English articles.",
    ),
    LocalModel(
        "local-multilingual", 0.87, 0.8, 0.95, 13.2, 13, 400, "For other languages; finds most."
    ),
)
# From this share of articles in other languages on, a model of English is the wrong one.
_MANY = 0.1


def better_for(setting: str, languages: dict[str | None, int]) -> str | None:
    """The model that suits an archive's languages better than the one that is set, if any does."""
    known = {name: count for name, count in languages.items() if name}
    foreign = sum(count for name, count in known.items() if not name.lower().startswith("en"))
    if setting in {"local", "local-static"} and foreign > _MANY * max(sum(known.values()), 1):
        return "local-multilingual"
    return None
