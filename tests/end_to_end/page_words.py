"""What no page may say: names of columns, wrong plurals, nothing where something should stand, words cut in two."""

import html
import re

_ASIDE = re.compile(
    r"<(script|style|code|pre|svg)\b.*?</\1>|<details class=\"(?:code|stderr)\">.*?</details>|<title>.*?</title>"
    r'|<dl class="meanings">.*?</dl>',
    re.DOTALL,
)
"""What is not prose: code, drawings, and the list that says which column of a file stands under which word."""
_NOUNS = (
    "activities actors children claims coders codes codings days decisions disagreements events intervals levels meetings "
    "minutes months networks notebooks occasions pairs people persons problems questions relations reports requests roles rows "
    "schools sites suggestions surveys tables ties times turns values verdicts warnings waves"
).split()
RULES = {
    "a name of a column or label": re.compile(r"(?<![\w./-])[a-z][a-z0-9]*(?:_[a-z0-9]+)+(?![\w./-])"),
    "a count of columns": re.compile(r"(?<![\w-])n (?:present|responded|ties|dyads|pairs|turns|events|rows|together|preceded|first|read|coded)\b"),
    "a wrong plural": re.compile(rf"(?<![\d.,/–−-])\b1 (?:[a-z]+ )?(?:{'|'.join(_NOUNS)})\b"),
    "a wrong singular": re.compile(r"(?<![\d.,/–−-])\b(?:0|[2-9]|[1-9]\d+) (?:activity|coder|meeting|pair|person|problem|report|row|school|tie|turn|wave)\b"),
    "no number": re.compile(r"\b(?:nan|NaN|NaT)\b|<NA>|\| None \|"),
    "a p of nothing": re.compile(r"\bp\s*[=:]?\s*\.?0?\.000\b|\bp 0\.0+(?!\d)"),
    "an empty table": re.compile(r"The table has no rows|<tbody>\s*</tbody>"),
    "a word cut in two": re.compile(r"\w…"),
}  # fmt: skip


def faults(page: str, *, ids: frozenset[str] = frozenset()) -> list[str]:
    """What a page says and should not; `ids` of people, meetings and coders may look like names of columns."""
    shown = _ASIDE.sub(" ", page)
    apart = re.sub(r"<(?:/?t[dhr]|br|/?li|/?d[td]|/?p|/?h[1-6]|option)\b", r" | \g<0>", shown)
    alt = " | ".join(re.findall(r'alt="([^"]*)"', shown))
    text = html.unescape(re.sub(r"\s+", " ", f"{re.sub(r'<[^>]*>', ' ', apart)} | {alt}"))
    found = []
    for name, rule in RULES.items():
        searched = shown if name == "an empty table" else text
        found += [
            f"{name}: …{searched[max(0, hit.start() - 30) : hit.end() + 30]}…"
            for hit in rule.finditer(searched)
            if hit[0] not in ids
        ]
    return found
