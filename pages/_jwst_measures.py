"""What injections and searches measured, as plain values for the screen, for files, and as code."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from components.jwst_trials import DrawLine, RateText, TypeLine
from pages._jwst_lines import source_code
from pages._jwst_runs import Hunt, Injection, Measured
from services.jwst import evaluate, trial
from services.jwst.detector import DEFAULT
from services.jwst.evaluate import ALL, PUBLISHED, Metrics, Rate
from services.jwst.verdicts import Judged

if TYPE_CHECKING:
    from services.jwst.search import Searched
    from services.jwst.trial import Trial

BY = {
    "both": ("Rules and forest", trial.BOTH),
    "rules": ("Rules", trial.RULES),
    "forest": ("Forest", trial.FOREST),
    "seed": ("Seed’s detector", trial.SEED),
}
"""Value in the address → words and name of a detector."""
TYPE_WORDS = {
    ALL: "All types",
    "image": "Images",
    "spectrum": "Spectra",
    "cube": "Cubes",
    "timeseries": "Time series",
    "catalog": "Catalogues",
    "measurements": "Measurements",
}
NO_RATE = RateText("", "", "")


def share(value: float) -> str:
    """A rate in per cent, with digits that tell 99.9 % from 100 %.

    Examples
    --------
    >>> share(1.0), share(0.9996), share(0.0012), share(0.5)
    ('100 %', '99.96 %', '0.12 %', '50.0 %')
    """
    if value in (0.0, 1.0):
        return f"{100 * value:.0f} %"
    return f"{100 * value:.2f} %" if value < 0.01 or value > 0.99 else f"{100 * value:.1f} %"


def rate_text(rate: Rate) -> RateText:
    """A rate with its counts and its interval."""
    if rate.value is None or rate.low is None or rate.high is None:
        return NO_RATE
    interval = f"{share(rate.low).removesuffix(' %')} to {share(rate.high)}"
    return RateText(f"{rate.k:,} of {rate.n:,}", share(rate.value), interval)


def _number(value: float | None, digits: int = 4) -> str:
    return "none" if value is None else f"{value:.{digits}f}"


def type_lines(metrics: Mapping[str, Metrics | None]) -> list[TypeLine]:
    """Results of one detector by product type."""
    return [_type_line(TYPE_WORDS.get(name, name), found) for name, found in metrics.items()]


def _type_line(name: str, found: Metrics | None) -> TypeLine:
    if found is None:
        return TypeLine(name, "")
    rates = (found.recall, found.recall_scored, found.fp_rate, found.precision)
    return TypeLine(
        name,
        f"{found.rows:,}",
        f"{found.added:,}",
        [rate_text(rate) for rate in rates],
        [_number(found.auc), _number(found.average_precision)],
        [_predictive(found.predictive[p]) for p in evaluate.PREVALENCES],
    )


def _predictive(value: float | None) -> str:
    return "none" if value is None else share(value)


def comparison_lines(found: Trial | None) -> list[tuple[str, list[RateText]]]:
    """Recall and false positives: here, the seed's detector on the same rows, and as the seed published them."""
    lines = []
    for kind, words in ((ALL, "all types"), ("image", "images")):
        said = PUBLISHED[kind]
        ours, theirs = (_metrics(found, name, kind) for name in (trial.BOTH, trial.SEED))
        recall = RateText(f"{said.detected} of {said.added}", share(said.recall), "no interval published")
        wrong = RateText(f"{said.false_positives} of {said.clean:,}", share(said.fp_rate), "no interval published")
        lines.append((f"Recall of all added, {words}", [_of(ours, "recall"), _of(theirs, "recall"), recall]))
        lines.append((f"False positives, {words}", [_of(ours, "fp_rate"), _of(theirs, "fp_rate"), wrong]))
    if found:
        lines.append(("False positives as the seed divides", [NO_RATE, rate_text(found.seed_fp_rate), NO_RATE]))
    return lines


def _metrics(found: Trial | None, name: str, kind: str) -> Metrics | None:
    return found.metrics.get(name, {}).get(kind) if found else None


def _of(metrics: Metrics | None, name: str) -> RateText:
    return rate_text(getattr(metrics, name)) if metrics else NO_RATE


def published_words(found: Trial | None) -> list[str]:
    """How the published numbers were computed, and how many rows the seed's detector never looked at."""
    words = [f"Published, {said.name}: {said.how}" for said in PUBLISHED.values()]
    theirs = _metrics(found, trial.SEED, ALL)
    if theirs:
        unseen = f"{theirs.unscored:,} of {theirs.rows:,} rows"
        words.insert(0, f"Here the seed’s detector never looked at {unseen}: a cell is empty.")
    return words


def predictive_lines(metrics: Metrics) -> list[tuple[str, str, str]]:
    """What a flag is worth at each prevalence, here and by the seed's published rates."""
    said = PUBLISHED[ALL]
    return [
        (
            f"{100 * p:g} %",
            _predictive(metrics.predictive[p]),
            _predictive(evaluate.predictive_value(said.recall, said.fp_rate, p)),
        )
        for p in evaluate.PREVALENCES
    ]


def search_lines(found: Searched) -> list[tuple[str, list[RateText]]]:
    """The forest with default and with best parameters, on the half that it was not tuned on."""
    both = (found.default, found.tuned)
    areas = [
        ("Average precision", [RateText("", _number(m.average_precision), "") for m in both]),
        ("Area under the ROC curve", [RateText("", _number(m.auc), "") for m in both]),
    ]
    rates = [
        (words, [rate_text(getattr(m, name)) for m in both])
        for words, name in (
            ("Recall of all added", "recall"),
            ("False positives", "fp_rate"),
            ("Precision", "precision"),
        )
    ]
    return [*areas, *rates]


def search_words(found: Searched) -> list[str]:
    """What was searched and what is best."""
    best = found.best
    name = "the default itself" if best == DEFAULT else "these"
    return [
        f"Best: {best.trees} trees, {best.rows_per_tree} rows per tree, {best.features_per_tree:.0%} of the "
        f"features per tree ({name}). Tuned on {found.tuning_rows:,} rows of {found.tuning_programmes:,} programmes, "
        f"reported on {found.reporting_rows:,} rows of {found.reporting_programmes:,} others, with another injection."
    ]


def draw_lines(found: Searched) -> list[DrawLine]:
    """The sets that were tried, best first."""
    lines = [
        DrawLine(
            one.parameters.trees,
            one.parameters.rows_per_tree,
            one.parameters.features_per_tree,
            one.average_precision,
            one.parameters == DEFAULT,
            one.parameters == found.best,
        )
        for one in found.tried
    ]
    return sorted(lines, key=lambda line: -line.precision)


def trial_records(result: Measured) -> list[dict[str, Any]]:
    """One record per detector and product type, for files."""
    return [
        {**_head(result), "detector": name, "product_type": kind, **_record(found)}
        for name, by_type in result.trial.metrics.items()
        for kind, found in by_type.items()
    ]


def _head(result: Measured) -> dict[str, Any]:
    one = result.injection
    return {"style": one.style, "strength": one.strength, "place": one.place, "seed": one.seed}


def _record(found: Metrics | None) -> dict[str, Any]:
    if found is None:
        return {"rows": 0}
    counts = ("rows", "added", "clean", "unscored", "true_positives", "false_negatives", "false_positives")
    record: dict[str, Any] = {name: getattr(found, name) for name in (*counts, "true_negatives")}
    for name in ("recall", "recall_scored", "fp_rate", "precision"):
        rate: Rate = getattr(found, name)
        record |= {name: rate.value, f"{name}_low": rate.low, f"{name}_high": rate.high}
    predictive = {f"predictive_at_{p:g}": value for p, value in found.predictive.items()}
    return {**record, "auc": found.auc, "average_precision": found.average_precision, **predictive}


def comparison_records(result: Measured) -> list[dict[str, Any]]:
    """The comparison with the published numbers, for files."""
    records = trial_records(result)
    kept = [r for r in records if r["product_type"] in PUBLISHED and r["detector"] in (trial.BOTH, trial.SEED)]
    published: Iterable[dict[str, Any]] = (
        {
            "detector": "seed, published",
            "product_type": kind,
            "added": said.added,
            "clean": said.clean,
            "recall": said.recall,
            "fp_rate": said.fp_rate,
            "how": said.how,
        }
        for kind, said in PUBLISHED.items()
    )
    return [*kept, *published]


def curve_records(result: Measured, kind: str) -> list[dict[str, Any]]:
    """Points of every curve, for files."""
    records = []
    for name, by_type in result.trial.metrics.items():
        found = by_type.get(kind)
        for curve, x, y, of in (
            ("roc", "false_positive_rate", "recall", found.roc if found else None),
            ("precision-recall", "recall", "precision", found.precision_recall if found else None),
        ):
            if of:
                said = {"detector": name, "product_type": kind, "curve": curve, "x_is": x, "y_is": y}
                records += [{**said, "x": float(a), "y": float(b)} for a, b in zip(of.x, of.y, strict=True)]
    return records


def search_records(found: Searched) -> list[dict[str, Any]]:
    """The sets that were tried, and the two that were reported, for files."""
    tried = [
        {"half": "tuning", "trees": line.trees, "rows_per_tree": line.rows, "features_per_tree": line.share,
         "average_precision": line.precision, "default": line.default, "best": line.best}
        for line in draw_lines(found)
    ]  # fmt: skip
    reported = [
        {"half": "reporting", "trees": p.trees, "rows_per_tree": p.rows_per_tree,
         "features_per_tree": p.features_per_tree, "default": p == DEFAULT, "best": p == found.best, **_record(metrics)}
        for p, metrics in ((DEFAULT, found.default), (found.best, found.tuned))
    ]  # fmt: skip
    return [*tried, *reported]


def _clean_code(judged: Judged) -> str:
    return (
        f"{source_code(judged)}"
        "from services.jwst import rules\n\n"
        "frame = observations.frame\n"
        "frame = frame[~rules.check(frame).broken].reset_index(drop=True)\n"
    )


def trial_code(judged: Judged, one: Injection) -> str:
    """The code for an injection."""
    return (
        "# In Oddfinch's folder\n"
        f"{_clean_code(judged)}\n"
        "from services.jwst import trial\nfrom services.jwst.inject import inject\n\n"
        f"tampered = inject(frame, n={one.count}, style={one.style!r}, strength={one.strength:g}, "
        f"in_place={one.place == 'in'}, seed={one.seed})\n"
        f"found = trial.run(tampered, seed={judged.seed})\n"
        "for detector, metrics in found.metrics.items():\n"
        '    print(detector, metrics["all"].recall, metrics["all"].fp_rate)\n'
    )


def search_code(judged: Judged, hunt: Hunt) -> str:
    """The code for a search."""
    return (
        "# In Oddfinch's folder\n"
        f"{_clean_code(judged)}\n"
        "from services.jwst.search import search\n\n"
        f"found = search(frame, draws={hunt.draws}, style={hunt.style!r}, strength={hunt.strength:g}, "
        f"seed={hunt.seed})\n"
        "print(found.best, found.default.average_precision, found.tuned.average_precision)\n"
    )
