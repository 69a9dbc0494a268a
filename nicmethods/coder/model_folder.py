"""A trained coder as a folder of plain data: loading one never runs anything that it holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from nicmethods.coder.trained import CodeWeights, Form, TrainedCoder
from nicmethods.coder.trees import Trees
from nicmethods.errors import RunError

__all__ = ["card_text", "load_model", "write_model"]

FORMAT = 2
_TREE_PARTS = ("split", "threshold", "value")


def write_model(model: TrainedCoder, folder: Path | str) -> None:
    """Write a trained coder.

    Parameters
    ----------
    model
        The coder.
    folder
        Gets ``model.json`` (features, vocabulary, weights of features), ``terms.npz`` (weights of words and phrases, trees) and
        ``card.md``. The vocabulary holds words of the transcripts, names among them: keep the folder where they are kept.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    forms: dict[str, Any] = {}
    terms = {}
    for name, form in model.forms.items():
        codes = {}
        for number, (code, weights) in enumerate(form.codes.items()):
            terms[f"{name}_{number}"] = weights.terms.astype(np.float32)
            trees = weights.trees
            terms |= {f"{name}_{number}_{part}": getattr(trees, part) for part in _TREE_PARTS}
            codes[code] = {"features": weights.features, "intercept": weights.intercept, "threshold": weights.threshold}
            codes[code] |= {"tree_features": trees.features, "tree_intercept": trees.intercept}
        forms[name] = {"vocabulary": form.vocabulary, "codes": codes}
    whole = {"format": FORMAT, "link": model.link, "forms": forms, "card": model.card}
    (folder / "model.json").write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")
    np.savez_compressed(folder / "terms.npz", allow_pickle=False, **terms)
    (folder / "card.md").write_text(card_text(model), encoding="utf-8")


def load_model(folder: Path | str) -> TrainedCoder:
    """Read a trained coder.

    Parameters
    ----------
    folder
        As written by :func:`write_model`.

    Returns
    -------
    TrainedCoder
        The coder.

    Raises
    ------
    RunError
        If the folder is not a model, or one of another format.
    """
    folder = Path(folder)
    try:
        whole = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if whole["format"] != FORMAT:
            raise RunError(
                f"{folder} is a model of format {whole['format']}; this version reads {FORMAT}. Train it anew."
            )
        with np.load(folder / "terms.npz", allow_pickle=False) as terms:
            forms = {name: _form(name, form, terms) for name, form in whole["forms"].items()}
        return TrainedCoder(forms, {str(k): float(w) for k, w in whole["link"].items()}, dict(whole["card"]))
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise RunError(f"{folder} is not a model folder: {error}. Make one with `nicmethods train`.") from error


def _form(name: str, form: dict[str, Any], terms: Any) -> Form:
    vocabulary = tuple(map(str, form["vocabulary"]))
    codes = {}
    for number, (code, found) in enumerate(form["codes"].items()):
        weights = terms[f"{name}_{number}"].astype(float)
        if weights.shape != (len(vocabulary),):
            raise ValueError(f"code '{code}' has {len(weights)} weights for {len(vocabulary)} terms")
        features = {str(feature): float(weight) for feature, weight in found["features"].items()}
        trees = Trees(
            tuple(map(str, found["tree_features"])),
            intercept=float(found["tree_intercept"]),
            **{part: terms[f"{name}_{number}_{part}"] for part in _TREE_PARTS},
        )
        codes[code] = CodeWeights(features, weights, float(found["intercept"]), trees, float(found["threshold"]))
    return Form(vocabulary, codes)


def card_text(model: TrainedCoder) -> str:
    """The model's card as Markdown: what it learned from, scores on held-out meetings, what it could not learn."""
    card = model.card
    lines = [
        "# A trained coder",
        "",
        f"Learned from {card['n_turns']:,} turns of {card['n_meetings']} meetings. Scores are of meetings held out of",
        f"training (split by {card['held_out_by']}, seed {card['seed']}), with 95 % intervals over meetings; the threshold is",
        "chosen on the same held-out turns, which flatters slightly. *Marked* is for transcripts with question marks, *plain*",
        "for those without. The folder holds words of these transcripts, names among them: do not pass it on without leave.",
        "",
        "| code | form | coded turns | precision | recall | F1 | kappa |",
        "|---|---|---|---|---|---|---|",
    ]
    for form, codes in card["codes"].items():
        lines += [
            f"| {code} | {form} | {s['n_coded']} of {s['n']} | {s['precision']:.2f} | {s['recall']:.2f} "
            f"| {s['f1']:.2f} [{s['f1_low']:.2f}, {s['f1_high']:.2f}] | {s['kappa']:.2f} |"
            for code, s in codes.items()
        ]
    links = card["links"]
    said = links.get("note") or (
        f"of {links['n']} turns with a coded earlier target, the right turn for {links['right_turn']:.2f} "
        f"[{links['right_turn_low']:.2f}, {links['right_turn_high']:.2f}], the right person for {links['right_person']:.2f} "
        f"[{links['right_person_low']:.2f}, {links['right_person_high']:.2f}]"
    )
    lines += ["", f"Links: {said}."]
    lines += [f"Not learned: {code} ({why})." for code, why in card["not_learned"].items()]
    return "\n".join(lines) + "\n"
