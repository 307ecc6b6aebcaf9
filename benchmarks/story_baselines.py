"""What scikit-learn and hdbscan make of the same articles, all seen at once.

They are helped: whatever they need to be told (a threshold) is chosen on the labels themselves.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.story_scores import f1

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from retrieval.briefing.reports import Report

_THRESHOLDS = np.arange(0.1, 1.0, 0.05)


def baselines(reports: Sequence[Report], labels: Sequence[str]) -> dict[str, list[int]]:
    """Clusters by name of the method, the best of each by B-cubed F1.

    Raises:
        ImportError: scikit-learn is not installed (the group `bench` has it).
    """
    # by name, so that checking types does not need it
    cluster = import_module("sklearn.cluster")
    vectorise = import_module("sklearn.feature_extraction.text").TfidfVectorizer

    texts = [f"{one.article.title} {one.article.title} {one.text}" for one in reports]
    words = vectorise(stop_words="english", sublinear_tf=True).fit_transform(texts)
    vectors = np.stack([one.vector for one in reports if one.vector is not None])
    far = {
        "embeddings": np.clip(1 - vectors @ vectors.T, 0, 2).astype(np.float64),
        "TF-IDF": np.clip(1 - (words @ words.T).toarray(), 0, 2),
    }
    found: dict[str, list[int]] = {}
    for name, distances in far.items():
        for link in ("average", "complete", "single"):
            found[f"agglomerative, {link}, {name}"] = _best(
                lambda t, d=distances, k=link: cluster.AgglomerativeClustering(  # type: ignore[misc]
                    n_clusters=None, metric="precomputed", linkage=k, distance_threshold=t
                ).fit_predict(d),
                labels,
            )
        found[f"DBSCAN, {name}"] = _best(
            lambda t, d=distances: cluster.DBSCAN(  # type: ignore[misc]
                eps=t, min_samples=2, metric="precomputed"
            ).fit_predict(d),
            labels,
        )
        # its epsilon fails with numpy 2.4 (scikit-learn 1.9.1)
        ways = [(method, least) for method in ("eom", "leaf") for least in (1, 2, 3)]
        runs = [
            cluster.HDBSCAN(
                min_cluster_size=2,
                min_samples=least,
                metric="precomputed",
                cluster_selection_method=method,
                copy=True,
            ).fit_predict(distances)
            for method, least in ways
        ]
        found[f"HDBSCAN, {name}"] = max(map(_noise_alone, runs), key=lambda one: f1(one, labels))
    return found


def _best(clusters: Callable[[float], Any], labels: Sequence[str]) -> list[int]:
    """What is noise to a method is a story of its own."""
    runs = [_noise_alone(clusters(float(threshold))) for threshold in _THRESHOLDS]
    return max(runs, key=lambda one: f1(one, labels))


def _noise_alone(found: Sequence[int]) -> list[int]:
    return [int(one) if one >= 0 else -1 - at for at, one in enumerate(found)]
