"""The page of a case that one sends to a colleague: what was found, what it rests on, and where each number comes from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from nicmethods.site import drawings
from nicmethods.site.case_page import CaseSite, frame
from nicmethods.site.counts import BETWEEN, HUB, INSIDE, KINDS, Counts, claim_counts
from nicmethods.site.evidence import pair_place, pairs_with_story, row_address
from nicmethods.site.glossary import MEANINGS
from nicmethods.site.pages import anchor, href, known, records, words
from nicmethods.site.said import about, by_chance, counted, cut, listed, often

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["main_values"]

_Row = dict[str, Any]
_Pair = tuple[str, str]

_STANCES = {
    "supports": "Yes",
    "some": "Yes, there are some",
    "open": "Cannot be told from chance",
    "contradicts": "The opposite",
    "silent": "Not seen, though it could have been",
    "too_little": "Too little to say",
    "not_observable": "Not observable",
}
_SETTLED = {
    "across_schools": ("two educators of different schools", BETWEEN),
    "within_schools": ("two educators of one school", INSIDE),
    "hub_member": ("somebody of the hub and an educator", HUB),
    "members": ("two educators", ""),
    "all": ("two people", ""),
}
_RULE = (
    "Chosen by a rule, among the pairs that the first claim is about: the two that coincide and had most help, then of each other "
    "kind the one with most help or, where none was heard, the first by code."
)
_SHOWN_KINDS = (("coincide", 2), ("help_without_tie", 1), ("tie_without_help", 1), ("help_survey_unknown", 1))
_MOST_THREADS = 14
_MOST_DRAWN = 150
_DAY = "%-d %B"
_SURVEYS = re.compile(r"\bwaves(?: of an interval)?")


def main_values(case: CaseSite) -> _Row:
    """Give the page of a case all it shows; what there is no table for is left out."""
    return _Main(case).values()


class _Main:
    def __init__(self, case: CaseSite) -> None:
        self.case, self.summary, self.tables = case, case.results.summary, case.results.tables
        self.claims = records(self.tables.get("propositions", pd.DataFrame()))
        relations = [row["relation"] for row in self.summary.get("relations") or ()]
        first = next((row["relation"] for row in self.claims), None) or (relations or [""])[0]
        self.many = len(relations) > 1
        self.counts = Counts(case.results, first)
        self.quoted: set[str] = set()

    def values(self) -> _Row:
        c = self.counts
        has_ties, has_talk = bool(c.tied), bool(len(c.requests))
        parts = [
            self._network() if has_ties else None,
            self._meetings() if has_talk else None,
            self._together(self.claims[:1], pairs=True) if self.claims else None,
            self._returned() if c.returned else None,
            self._unclear() if len(self.claims) > 1 else None,
        ]
        return {
            **frame(self.case, self.case.title, up=""),
            "trail": [("All reports", "../index.html")],
            "title": self.case.title,
            "case": self.case.results.case,
            "question": self.summary.get("question"),
            "description": self.summary.get("description"),
            "failures": self.case.failures,
            "found": self._found(),
            "limits": self._limits(),
            "picture": self._picture() if has_ties and c.people and len(c.people) <= _MOST_DRAWN else None,
            "claims": [self._claim(row) for row in self.claims],
            "kept": "propositions" in self.case.kept,
            "rest_on": self._rest_on(),
            "rates": "error_rates" in self.tables,
            "strip": self._strip(),
            "parts": [
                part | {"data": [(label, name) for label, name in part["data"] if name in self.tables]}
                for part in parts
                if part
            ],
            "cannot": self._cannot(),
            "further": self._further(),
            "meanings": MEANINGS,
        }

    # The first screen

    def _found(self) -> list[str]:
        """Paragraphs of findings; ** marks what a reader should be able to repeat."""
        c, first, second = self.counts, [], []
        waves = c.waves
        held = {kind: c.ties(kind) for kind in KINDS} if c.tied else {}
        of = f"[[tie|ties]] of {c.relation}" if c.relation else "[[tie|ties]]"
        if len(waves) > 1 and any(n for counts in held.values() for _, n in counts):
            went = [
                f"{name} from {counts[0][0]} to {counts[-1][0]}"
                for kind, name in (
                    (BETWEEN, "between schools"),
                    (INSIDE, "inside schools"),
                    (HUB, "between hub and schools"),
                )
                if (counts := held[kind])[-1][1] or counts[0][1]
            ]
            lead = f"From {waves[0]['said']} to {waves[-1]['said']}, {of} **{'; '.join(went[:1]).replace(' from', ' went from', 1)}**"
            if not went[0].startswith("between schools"):
                lead = f"From {waves[0]['said']} to {waves[-1]['said']}, {of} went **{went[0]}**"
            first.append(f"{lead}{', ' if went[1:] else ''}{listed(went[1:])}.")
        elif c.tied:
            n, possible = (sum(c.ties(kind)[-1][place] for kind in KINDS) for place in (0, 1))
            first.append(
                f"In the one survey, {n:,} of {possible:,} possible {of} stood between schools, inside them and with the hub."
            )
        asked = c.requests
        if len(asked):
            read = [row for row in c.meetings if row.get("coded")] or c.meetings
            answered = int(asked["response_turn"].notna().sum())
            by = " as the machine suggests and nobody has reviewed," if self.summary.get("suggestions_used") else ""
            first.append(
                f"In {counted(len(read), 'meeting')},{by} people asked for help {often(len(asked))}; "
                f"{'every request was' if answered == len(asked) else counted(answered, 'request') + (' was' if answered == 1 else ' were')} answered."
            )
            if top := self._busiest():
                first.append(
                    f"{listed([row['said'] for row in top])} brought {sum(sum(row['asked']) for row in top)} of the {len(asked)} requests."
                )
        second += self._same_pairs()
        return [" ".join(part) for part in (first, second) if part]

    def _busiest(self) -> list[_Row]:
        """The meetings that brought half of the requests between them, where that is fewer than half of the meetings."""
        ranked = sorted(self.counts.meetings, key=lambda row: -sum(row["asked"]))
        total, so_far = sum(sum(row["asked"]) for row in ranked), 0
        for number, row in enumerate(ranked, start=1):
            so_far += sum(row["asked"])
            if so_far * 2 >= total:
                top = ranked[:number]
                return [row for row in self.counts.meetings if row in top] if number * 2 < len(ranked) else []
        return []

    def _same_pairs(self) -> list[str]:
        said = []
        claim = next(iter(self.claims), None)
        counts = claim_counts(claim) if claim else None
        if claim and counts:
            who = _SETTLED.get(claim["pairs"], ("two people", ""))[0]
            stance = claim["together_stance"]
            what = f"{counts['talk'].capitalize()} and {counts['change']}"
            lead = {
                "supports": f"{what} **fall on the same pairs**.",
                "contradicts": f"{what} **fall on the same pairs less often than chance would bring**.",
                "open": f"Whether {what.lower()} fall on the same pairs **cannot be told from chance**.",
            }.get(stance, f"Whether {what.lower()} fall on the same pairs is **too little to say**.")
            said.append(lead)
            if counts["n_with"]:
                said.append(
                    f"On {counted(counts['n_with'], 'occasion')} {who} were heard to help each other; {counts['hits_with'] or 'none'} of them had {counts['change']} in the next survey. "
                    f"On {counted(counts['n_without'], 'other occasion')} they were together and no help was heard: {counts['hits_without'] or 'none'} had."
                )
        if (found := self._mutual()) and len(self.counts.waves) > 1:
            first, last = self.counts.waves[0]["said"], self.counts.waves[-1]["said"]
            said.append(
                f"{counted(found['n'], 'pair').capitalize()} helped each other both ways: {found['first'] or 'none'} of them had ties both ways in {first}, {_all(found['last'], found['known'])} in {last}; "
                f"of the {found['others']} other pairs of their kind that met, {found['others_first']} and {found['others_last']}."
            )
        return said

    def _mutual(self) -> _Row | None:
        """Pairs whose help went both ways, and other pairs of the same kinds that met in read talk, by ties both ways in the first and last survey."""
        c, dyads = self.counts, self.counts.table("dyads")
        if not c.returned or not len(dyads) or not c.tied or not c.question.get("directed", True):
            return None
        waves = list(c.tied)

        def both(pair: _Pair, wave: str) -> bool:
            return {pair, pair[::-1]} <= c.tied[wave]

        def told(pair: _Pair) -> bool:
            return all({pair, pair[::-1]} <= c.possible[wave] for wave in (waves[0], waves[-1]))

        met = {(row["a"], row["b"]) for row in records(dyads[dyads["n_together_coded"] > 0])}
        those = [pair for pair in c.returned if told(pair)]
        kinds = {c.kind(*pair) for pair in c.returned}
        others = [pair for pair in met if pair not in c.returned and told(pair) and c.kind(*pair) in kinds]
        return {
            "n": len(c.returned),
            "known": len(those),
            "first": sum(both(pair, waves[0]) for pair in those),
            "last": sum(both(pair, waves[-1]) for pair in those),
            "others": len(others),
            "others_first": sum(both(pair, waves[0]) for pair in others),
            "others_last": sum(both(pair, waves[-1]) for pair in others),
        }

    def _limits(self) -> str:
        c, said = self.counts, []
        if self.claims and c.tied and len(c.requests):
            said.append(
                "whether help or the tie came first, because both fall between the same two surveys; what was said outside "
                f"the {counted(len(c.meetings), 'meeting')}"
            )
        silent = [
            (row["n_present"] - row["n_responded"], row["said"]) for row in c.waves if known(row.get("n_present"))
        ]
        silent = [(n, name) for n, name in silent if n]
        if silent:
            said.append(f"the ties of those who did not answer ({listed([f'{n} in {name}' for n, name in silent])})")
        return f"{'; '.join(said)}." if said else ""

    def _picture(self) -> _Row:
        c = self.counts
        waves = list(c.tied)
        last, first = c.tied[waves[-1]], c.tied[waves[0]] if len(waves) > 1 else set()
        pairs = {(min(pair), max(pair)) for pair in last}
        before = {(min(pair), max(pair)) for pair in first}
        new = {pair: pair not in before and c.kind(*pair) in (BETWEEN, HUB) and len(waves) > 1 for pair in pairs}
        people = [
            {"actor": actor, "site": row["site"] if known(row.get("site")) else "no site", "is_hub": row.get("group") == "hub",
             "said": f"{actor}, {c.who(actor)}"}
            for actor, row in c.people.items()
        ]  # fmt: skip
        n_new, here = sum(new.values()), c.month(waves[-1])
        title = f"The network in {here}: {counted(len(pairs), 'pair')} with a tie, {n_new} of them new since {c.month(waves[0])} between schools or with the hub"
        return {
            "drawing": drawings.network(people, new, title=title),
            "month": here,
            "first": c.month(waves[0]) if len(waves) > 1 else "",
            "n": len(pairs),
            "n_new": n_new,
            "hub": any(one["is_hub"] for one in people),
        }

    # The verdicts

    def _claim(self, row: _Row) -> _Row:
        counts = claim_counts(row)
        stands = {(one["kind"], one["subject"]): one for one in records(self.counts.table("robustness"))}.get(
            ("proposition", row["proposition"])
        )
        return {
            "anchor": anchor("p", row["proposition"]),
            "href": f"claims.html#{anchor('p', row['proposition'])}",
            "row": row_address("propositions", row["proposition"]),
            "statement": row["statement"],
            "late": self.case.registered.get(row["proposition"], {}).get("after_results", False),
            "question": row["relation"] if self.many and known(row.get("relation")) else "",
            "verdict": row["proposed_verdict"],
            "reason": "" if row["proposed_verdict"] == "agreement" else row["reason"],
            "wrong": row.get("wrong_at_most"),
            "stands": stands,
            "drawn": next(
                (one for one in self._rests(row) if one["what"] == "draws" and known(one["n"]) and known(one["of"])),
                None,
            ),
            "answers": [self._survey_answer(row), self._talk_answer(row), self._together_answer(row, counts)],
            "researcher": row["researcher_verdict"] if known(row.get("researcher_verdict")) else "",
            "inference": row["meta_inference"] if known(row.get("meta_inference")) else "",
        }

    def _rests(self, row: _Row) -> list[_Row]:
        """What a claim's verdict hangs on."""
        table = self.counts.table("rests_on")
        return records(table[table["proposition"] == row["proposition"]])

    def _survey_answer(self, row: _Row) -> _Row:
        return {
            "lead": _STANCES.get(row["survey_stance"], words(row["survey_stance"])),
            "lines": [_SURVEYS.sub("surveys", row["survey_evidence"].split(": net")[0])],
        }

    def _talk_answer(self, row: _Row) -> _Row:
        n, of = row["n_seen"], row["n_pairs"]
        lines = []
        if known(of) and of:
            span = f"; between {row['seen_low']:.0%} and {row['seen_high']:.0%}" if known(row["seen_low"]) else ""
            lines.append(f"{int(n):,} of {counted(of, 'pair')}, {about(n, of)}{span}")
        if known(row.get("choice_expected")) and known(row.get("choice_evidence")):
            told = next(
                (said for said in ("fewer", "more") if f": {said} than" in row["choice_evidence"]),
                "no difference that can be told",
            )
            p = min(row["choice_p_more"], row["choice_p_less"])
            if told in ("fewer", "more"):
                lines.append(
                    f"{told} than the {row['choice_expected']:.0f} that meetings and habits bring; chance brings so {'few' if told == 'fewer' else 'many'} {by_chance(p)}"
                )
            elif row["talk_stance"] == "open":
                lines.append(f"{row['choice_expected']:.0f} expected without the claim")
        return {"lead": _STANCES.get(row["talk_stance"], words(row["talk_stance"])), "lines": lines}

    def _together_answer(self, row: _Row, counts: _Row | None) -> _Row:
        lines = []
        if counts:
            lines.append(_beside(counts))
        if known(row.get("expected")) and known(row.get("p_more")):
            lines.append(
                f"about {row['expected']:.0f} with both expected; chance brings as many {by_chance(row['p_more'])}"
            )
        if more := re.search(r"about ([\d.]+) times this record", str(row["together_evidence"])):
            times = float(more[1])
            lines.append(f"needs about {times:.{int(times < 3)}f} times this record")
        return {"lead": _STANCES.get(row["together_stance"], words(row["together_stance"])), "lines": lines}

    def _rest_on(self) -> str:
        c, said = self.counts, []
        readers = c.table("readers")
        coded = [row for row in c.meetings if row.get("coded")]
        if c.meetings:
            twice = int((readers.groupby("activity").size() > 1).sum())
            said.append(
                f"{len(coded)} of {counted(len(c.meetings), 'meeting')} read, {twice} of them by two coders or more"
            )
        if len(c.requests):
            named = int(c.requests["helper"].notna().sum())
            said.append(f"who was asked is known for {named} of {counted(len(c.requests), 'request')}")
        waves = [row for row in c.waves if known(row.get("n_present"))]
        if waves:
            said.append(
                f"{sum(row['n_responded'] for row in waves)} of {sum(row['n_present'] for row in waves)} surveys answered"
            )
        if self.claims:
            written = sum(known(row.get("researcher_verdict")) for row in self.claims)
            said.append(f"researchers have written {written} of {counted(len(self.claims), 'verdict')}")
        return f"{'; '.join(said)}." if said else ""

    # Asked, counted, answered, read

    def _strip(self) -> list[tuple[str, str]]:
        c, found = self.counts, []
        q = c.question
        if q.get("question"):
            scale = " / ".join(label for _, label in q.get("scale") or ())
            others = [row["relation"] for row in self.summary.get("relations") or () if row["relation"] != c.relation]
            also = f". Also asked: {listed(others)}; those ties stand on the linked pages." if others else ""
            found.append(
                (f"The survey asked{f' ({c.relation})' if others else ''}", f"“{q['question']}” {scale}{also}")
            )
        if q:
            least = {float(value): label for value, label in q.get("scale") or ()}.get(float(q.get("threshold") or 0))
            counts = f"“{least}” or more." if least else f"An answer of {q.get('threshold'):g} or more."
            whom = f"those of the same {q['within']}" if q.get("within") else "every other person"
            way = "a pair can hold two ties, one each way" if q.get("directed", True) else "a tie has no direction"
            found.append(("What counts as a tie", f"{counts} Each person is asked about {whom}; {way}."))
        waves = [row for row in c.waves if known(row.get("n_present"))]
        if waves:
            told = listed([f"{row['n_responded']} of {row['n_present']} in {row['said']}" for row in waves])
            missing = sum(row["n_present"] - row["n_responded"] for row in waves)
            guess = " Who did not answer was inferred." if any(row.get("basis") == "inferred" for row in waves) else ""
            found.append(("Who answered", f"{told}.{guess}{' Silence is unknown, not “no tie”.' if missing else ''}"))
        if read := self._read():
            found.append(("What was read", read))
        return found

    def _read(self) -> str:
        c = self.counts
        readers = c.table("readers")
        if not len(readers):
            return "Nobody has coded the talk." if self.summary.get("suggestions_used") else ""
        said = [
            f"{one['n_read'].sum():,} turns of {counted(one['activity'].nunique(), 'meeting')} by {coder}"
            for coder, one in readers.groupby("coder")
        ]
        text = f"{listed(said)}."
        split = self.counts.table("disagreements")
        if len(said) > 1 and len(split):
            coded = self.tables["coder_codings"].drop_duplicates(["coder", "activity", "turn", "code"])
            n_both = int(
                (
                    coded[coded["code"].isin(["help_request", "help_given"])]
                    .groupby(["activity", "turn", "code"])
                    .size()
                    > 1
                ).sum()
            )
            mine = split[split["code"].isin(["help_request", "help_given"])]
            n_split = int((mine["given_by"].notna() & mine["not_given_by"].notna()).sum())
            n_open, n_decided = (int((split["state"] == state).sum()) for state in ("open", "decided"))
            text += (
                f" Of {n_both + n_split} turns that one of them called help, both did in {n_both}. "
                f"They settled {counted(n_decided, 'difference')}; {n_open} {'is' if n_open == 1 else 'are'} still open."
            )
        return text

    # Five parts

    def _network(self) -> _Row:
        c = self.counts
        held = {kind: c.ties(kind) for kind in KINDS}
        series = [
            (name, style, [n for n, _ in held[kind]])
            for kind, name, style in ((BETWEEN, "Between schools", "across"), (INSIDE, "Inside a school", "inside"), (HUB, "Hub and schools", "hubs"))
            if any(of for _, of in held[kind])
        ]  # fmt: skip
        names = [row["said"] for row in c.waves]
        if not series:
            return {}
        ends = [f"{name[0].lower()}{name[1:]} from {values[0]} to {values[-1]}" for name, _, values in series[:2]]
        claim = (
            f"Ties {'; '.join(ends)}" if len(names) > 1 else f"{counted(series[0][2][0], 'tie')} {series[0][0].lower()}"
        )
        numbers = [
            f"**{name}:** {', then '.join(f'{n} of {of}' for n, of in held[kind])} [[possible ties|possible]]."
            for kind, name in ((BETWEEN, "Between schools"), (INSIDE, "Inside one school"), (HUB, "Hub and schools"))
            if any(of for _, of in held[kind])
        ]
        return {
            "anchor": "network",
            "label": "The network",
            "claim": claim,
            "drawing": drawings.lines(series, names, title=claim),
            "caption": f"Ties of {c.relation} among those who answered, by survey.",
            "data": [("ties", "ties"), ("who answered", "responses"), ("what changed", "change")],
            "how": "Each dot counts ties among those who answered. Lines show kinds of pairs, and possible ties differ between them and between surveys, so read counts beside what was possible.",
            "numbers": numbers,
            "quotes": [quote for quote in [self._against()] if quote],
            "deeper": [("Move through the network, person by person", "network.html")]
            * bool(pairs_with_story(self.tables))
            + self._notebook("01_network", "measures, tests and models of the network"),
        }

    def _against(self) -> _Row | None:
        """Help between schools that the survey does not follow: one quote against the trend."""
        dyads = self.counts.table("dyads")
        if not len(dyads):
            return None
        for verdict in ("help_in_waning_tie", "help_without_tie", "coincide"):
            for row in records(dyads[dyads["verdict"] == verdict]):
                if self.counts.kind(row["a"], row["b"]) == BETWEEN and (quote := self._quote_of(row["events"])):
                    story = [
                        f"{wave['said']}, {self.counts.state(row['a'], row['b'], wave['wave'])}"
                        for wave in self.counts.waves
                    ]
                    lead = "" if verdict == "coincide" else "Against the trend. "
                    return quote | {"more": f"{lead}The two in the survey: {'; '.join(story)}."}
        return None

    def _meetings(self) -> _Row:
        c, asked = self.counts, self.counts.requests
        dated = [row for row in c.meetings if known(row.get("date"))]
        phases: dict[str, list[_Row]] = {}
        for row in dated:
            if known(row.get("phase")):
                phases.setdefault(row["phase"], []).append(row)
        top = self._busiest() or sorted(c.meetings, key=lambda row: -sum(row["asked"]))[:1]
        claim = f"{listed([row['said'] for row in top])} brought {sum(sum(row['asked']) for row in top)} of {counted(len(asked), 'request')} for help"
        numbers = []
        for phase, rows in phases.items():
            n, minutes = sum(sum(row["asked"]) for row in rows), [row["minutes"] for row in rows]
            per = (
                f" in {sum(minutes):.0f} minutes, {60 * n / sum(minutes):.0f} an hour"
                if all(known(one) for one in minutes) and sum(minutes) >= 15
                else ""
            )
            numbers.append(f"**{phase.capitalize()}** ({counted(len(rows), 'meeting')}): {counted(n, 'request')}{per}.")
        kinds = asked["between"].value_counts()
        told = [
            f"{kinds[kind]} {name}"
            for kind, name in (
                (BETWEEN, "between schools"),
                (HUB, "between hub and schools"),
                (INSIDE, "inside a school"),
            )
            if kinds.get(kind)
        ]
        rest = len(asked) - sum(int(kinds.get(kind, 0)) for kind in KINDS)
        told += [f"{rest} where one of the two is not known or belongs to neither"] if rest else []
        numbers.append(f"**Who asked whom:** {listed(told)}.")
        busiest = max(c.meetings, key=lambda row: sum(row["asked"]))
        quote = next(
            (
                found
                for row in records(asked[asked["activity"] == busiest["activity"]])
                if (found := self._quote(row, "request_turn", end=True))
            ),
            None,
        )
        return {
            "anchor": "talk",
            "label": "The talk over time",
            "claim": claim,
            "wide": True,
            "drawing": drawings.timeline(*self._days(dated), title=claim) if dated else "",
            "legend": [
                ("across", "between schools"),
                ("inside", "inside one school"),
                ("hubs", "hub and school"),
                ("unknown", "not known who"),
            ],
            "caption": "Requests for help in each meeting, and the ties of each survey.",
            "data": [("events", "events"), ("activities", "activities"), ("who was there", "attendance")],
            "how": "A bar counts requests in one meeting, by who asked whom. Blue bands are the surveys. Meetings differ in length and in who was there, so compare what is per hour.",
            "numbers": numbers,
            "quotes": [quote] if quote else [],
            "deeper": [
                (row["said"], href("transcripts", f"{anchor(row['activity'])}.html"))
                for row in c.meetings
                if self._is_spoken(row["activity"])
            ]
            + self._notebook("02_coding", "who speaks, and what was coded where"),
            "deeper_lead": "Word for word:",
        }

    def _days(self, dated: Sequence[_Row]) -> tuple[list[_Row], list[_Row]]:
        c = self.counts
        waves = [row for row in c.waves if known(row.get("opened"))]
        ends = [row.get("closed") if known(row.get("closed")) else row["opened"] for row in waves]
        start = min(pd.Timestamp(str(day)) for day in [row["date"] for row in dated] + [row["opened"] for row in waves])

        def day(date: object) -> int:
            return (pd.Timestamp(str(date)) - start).days

        meetings = [
            {"said": row["said"], "day": day(row["date"]), "date": pd.Timestamp(row["date"]).strftime(_DAY), "asked": row["asked"],
             "phase": row["phase"] if known(row.get("phase")) else "", "read": row.get("coded") or bool(sum(row["asked"]))}
            for row in dated
        ]  # fmt: skip
        surveys = [
            {"said": f"{row['said']} survey", "from": day(row["opened"]), "to": day(end), "ties": counted(sum(c.ties(kind)[place][0] for kind in KINDS), "tie")}
            for place, (row, end) in enumerate(zip(waves, ends, strict=True))
            if len(c.tied) == len(waves)
        ]  # fmt: skip
        return meetings, surveys

    def _together(self, claims: Sequence[_Row], *, pairs: bool) -> _Row | None:
        row, c = claims[0], self.counts
        counts = claim_counts(row)
        if not counts:
            return None
        change, talk = counts["change"], counts["talk"]
        claim = f"With {talk}, {change} on {counts['hits_with']} of {counted(counts['n_with'], 'occasion')}; without, on {counts['hits_without']} of {counts['n_without']}"
        if row["together_stance"] in ("too_little", "open"):
            claim += f": {_STANCES[row['together_stance']][0].lower()}{_STANCES[row['together_stance']][1:]}"
        groups = [
            (
                f"{talk.capitalize()} was heard: {counted(counts['n_with'], 'occasion')}",
                f"with {change}: {counts['hits_with']}",
                counts["n_with"],
                counts["hits_with"],
            ),
            (
                f"None was heard: {counted(counts['n_without'], 'occasion')}",
                f"with {change}: {counts['hits_without']}",
                counts["n_without"],
                counts["hits_without"],
            ),
        ]
        who = _SETTLED.get(row["pairs"], ("two people", ""))[0]
        numbers = []
        if known(row.get("expected")) and known(row.get("p_more")):
            numbers.append(
                f"What people do anyway, and whom they meet, would put about **{row['expected']:.0f}** occasions in both; there were **{counts['hits_with']}**. Chance brings as many {by_chance(row['p_more'])}."
            )
        if found := re.search(r"occasions of ([\d,]+) pairs", str(row["together_evidence"])):
            numbers.append(f"The {counts['n_rows']:,} occasions are of {found[1]} pairs.")
        if row["together_stance"] == "too_little":
            numbers.append("That is too little to tell a difference of this size from none.")
        if known(row.get("miss_falls")):
            numbers.append(f"The finding falls if surveys miss more than {row['miss_falls']:.0%} of ties that exist.")
        quote = None if pairs else self._quote_among(_SETTLED.get(row["pairs"], ("", ""))[1])
        return {
            "anchor": "both" if pairs else "unclear",
            "label": "Both together" if pairs else "What is not clear",
            "claim": claim,
            "drawing": drawings.squares(groups, title=claim) if max(counts["n_with"], counts["n_without"]) else "",
            "caption": f"{change.capitalize()} with and without {talk}.",
            "data": [("pairs and intervals", "dyads"), ("the claim", "propositions")],
            "how": f"One square is one occasion: {who} together in a meeting that was read, between two surveys, the change still possible. Filled: {change} in the survey that follows."
            if pairs
            else f"As above, for {who}. Filled: {change} in the survey that follows.",
            "numbers": numbers,
            "quotes": [quote] if quote else [],
            "deeper": [("The test, and what would overturn it", f"claims.html#{anchor('p', row['proposition'])}")],
            "joint": self._joint(_SETTLED.get(row["pairs"], ("", ""))[1]) if pairs else [],
            "rule": _RULE,
            "all_pairs": len(c.table("dyads")[["a", "b"]].drop_duplicates()) if len(c.table("dyads")) else 0,
        }

    def _unclear(self) -> _Row | None:
        """The claim that came out least clear, at the same size."""
        order = {
            "dissonance": 0,
            "too_little_to_say": 1,
            "open": 2,
            "silence_talk": 3,
            "silence_survey": 3,
            "partial_agreement": 4,
        }
        rest = [row for row in self.claims[1:] if claim_counts(row)]
        if not rest:
            return None
        found = self._together([min(rest, key=lambda row: order.get(row["proposed_verdict"], 9))], pairs=False)
        if found and all(row["proposed_verdict"] == "agreement" for row in rest):
            found["label"] = "One more claim"
        return found

    def _returned(self) -> _Row:
        c = self.counts
        days = [row for row in c.meetings if known(row.get("date"))]
        number = {row["activity"]: place for place, row in enumerate(days)}
        shown = [
            (f"{a}, {b}", helped)
            for (a, b), rows in c.returned.items()
            if (helped := [(number[row["activity"]], row["helper"] == a) for row in rows if row["activity"] in number])
        ]
        apart = sum(len({row["activity"] for row in rows}) > 1 for rows in c.returned.values())
        claim = f"{counted(len(c.returned), 'pair').capitalize()} helped each other both ways, {apart} of them in different meetings"
        surveys = []
        if days:
            stamps = [str(row["date"]) for row in days]
            surveys = [
                sum(day < str(row["opened"]) for day in stamps) - 0.5
                for row in c.waves
                if known(row.get("opened")) and stamps[0] < str(row["opened"]) <= stamps[-1]
            ]
        kinds = pd.Series([c.kind(*pair) for pair in c.returned]).value_counts()
        numbers = [
            f"**Who:** {listed([f'{kinds[kind]} {name}' for kind, name in ((BETWEEN, 'between schools'), (INSIDE, 'inside a school'), (HUB, 'of hub and school')) if kinds.get(kind)])}."
        ]
        for row in self.claims:
            counts = claim_counts(row)
            if counts and "both ways" in counts["talk"] and counts["n_with"]:
                who = {"hub_member": "Hub and educators", "members": "Educators"}.get(row["pairs"], "Pairs")
                numbers.append(
                    f"**{who}:** {int(row['n_seen'])} of {counted(row['n_pairs'], 'pair')} that were together, {about(row['n_seen'], row['n_pairs'])}. Ties became mutual on {counts['hits_with']} of {counted(counts['n_with'], 'occasion')} with help both ways, on {counts['hits_without']} of {counts['n_without']} without."
                )
        if found := self._mutual():
            waves = [c.waves[0]["said"], c.waves[-1]["said"]]
            numbers.append(
                f"**Ties both ways:** {found['first']} of {found['known']} in {waves[0]}, {found['last']} in {waves[1]}; of the {found['others']} other pairs of their kind that met, {found['others_first']} and {found['others_last']}."
            )
        pair = next(iter(c.returned))
        rows = c.returned[pair]
        both = [
            next(row for row in rows if row["helper"] == name) for name in dict.fromkeys(row["helper"] for row in rows)
        ]
        return {
            "anchor": "returned",
            "label": "Help that is returned",
            "claim": claim,
            "drawing": drawings.threads(
                shown[:_MOST_THREADS],
                [pd.Timestamp(row["date"]).strftime("%-d %b") for row in days],
                surveys,
                title=claim,
            )
            if shown and days
            else "",
            "caption": f"Pairs by meeting{f', the {_MOST_THREADS} of most time between help' if len(shown) > _MOST_THREADS else ''}.",
            "data": [("events", "events")],
            "how": "One line is one pair. A filled triangle pointing up: the first-named helped; a hollow one pointing down: the second-named did. Blue bands are surveys: help on either side of one counts in different intervals.",
            "numbers": numbers,
            "quotes": [quote for row in both[:2] if (quote := self._quote(row, "response_turn"))],
            "deeper": [("Follow each of them, turn by turn", pair_place(*pair))] * (pair in self.case.evidence.stories)
            + self._notebook("03_triangulation", "steps from shared practice to help returned, and models"),
        }

    # Pairs side by side

    def _joint(self, kind: str) -> list[_Row]:
        dyads = self.counts.table("dyads")
        if not len(dyads):
            return []
        if kind:
            dyads = dyads[[self.counts.kind(a, b) == kind for a, b in zip(dyads["a"], dyads["b"], strict=True)]]
        dyads = dyads.assign(n=dyads[["n_help_ab", "n_help_ba", "n_request_ab", "n_request_ba"]].sum(axis=1))
        dyads = dyads.sort_values(["n", "from_wave", "a", "b"], ascending=[False, True, True, True], kind="stable")
        said = {row["subject"]: row for row in records(self.counts.table("ledger"))}
        rows, seen = [], set()
        for verdict, most in _SHOWN_KINDS:
            here: set[str] = set()
            for row in records(dyads[dyads["verdict"] == verdict]):
                pair = (row["a"], row["b"])
                if pair in seen or here & set(pair):
                    continue
                rows.append(self._joint_row(row, said))
                seen.add(pair)
                here |= set(pair)
                if len(rows) and sum(one["verdict"] == verdict for one in rows) == most:
                    break
        return rows

    def _joint_row(self, row: _Row, said: Mapping[str, _Row]) -> _Row:
        c, (a, b) = self.counts, (row["a"], row["b"])
        talk = [
            f"{x} {verb} {y} {often(n)}"
            for x, y, side in ((a, b, "ab"), (b, a, "ba"))
            for verb, n in (("asks", row[f"n_request_{side}"]), ("helps", row[f"n_help_{side}"]))
            if n
        ]
        met = f"Together in {counted(row['n_together_coded'], 'read meeting')}; no help heard between them."
        written = said.get(f"{row['from_wave']}/{row['to_wave']}/{a}/{b}")
        return {
            "a": a, "b": b,
            "who": "; ".join(dict.fromkeys(c.who(actor) for actor in (a, b))),
            "href": pair_place(a, b) if (a, b) in self.case.evidence.stories else "",
            "survey": "; ".join(f"{c.month(wave)}: {c.state(a, b, wave)}" for wave in (row["from_wave"], row["to_wave"]))
            + _how_much({row["change_ab"], row["change_ba"]}),
            "talk": f"{'; '.join(talk)}." if talk else met,
            "quote": self._quote_of(row["events"]) if talk else None,
            "verdict": row["verdict"],
            "researchers": written["meta_inference"] if written and known(written.get("meta_inference")) else "",
        }  # fmt: skip

    # Quotes

    def _quote_of(self, events: object) -> _Row | None:
        ids = [part for part in str(events).split(";") if part] if known(events) else []
        rows = {row["event"]: row for row in records(self.counts.events)} if len(self.counts.events) else {}
        found = [rows[one] for one in ids if one in rows and rows[one]["kind"] == "help_given"]
        found += [rows[one] for one in ids if one in rows and rows[one]["kind"] == "help_request"]
        for row in found:
            side = "response_turn" if row["kind"] == "help_given" else "request_turn"
            if quote := self._quote(row, side, end=side == "request_turn"):
                return quote
        return None

    def _quote_among(self, kind: str) -> _Row | None:
        given = self.counts.given
        rows = records(given[given["between"] == kind] if kind and len(given) else given)
        return next((quote for row in rows if (quote := self._quote(row, "response_turn"))), None)

    def _quote(self, row: _Row, column: str, *, end: bool = False) -> _Row | None:
        """Words of an event's turn that no other place of the page quotes, with who says them to whom."""
        place = f"{row['activity']}/{row[column]}"
        if place in self.quoted or not known(row[column]):
            return None
        turn = self.case.evidence.turns.get((row["activity"], row[column]))
        if turn is None or not known(turn["text"]):
            return None
        self.quoted.add(place)
        speaker, other = (row["seeker"], row["helper"]) if column == "request_turn" else (row["helper"], row["seeker"])
        label, address = self.case.evidence.turn_links(place)[0]
        to = (
            f"{speaker} to {other}"
            if known(speaker) and known(other)
            else str(speaker if known(speaker) else "unknown speaker")
        )
        return {"text": cut(turn["text"], end=end), "said": to, "label": label, "href": address, "more": ""}

    # The end

    def _cannot(self) -> list[tuple[str, str]]:
        c, found = self.counts, []
        if self.claims and c.tied and len(c.requests):
            found.append(
                (
                    "Which came first.",
                    "Help and tie lie between the same two surveys, and a tie is dated by its survey only.",
                )
            )
            found.append(("Why.", "Something that nobody asked about, liking for one, could bring both help and ties."))
        if c.meetings:
            minutes = [row["minutes"] for row in c.meetings if known(row["minutes"])]
            long = f" of {sum(minutes):.0f} minutes in all" if len(minutes) == len(c.meetings) else ""
            found.append(
                (
                    "What happened elsewhere.",
                    f"No talk was recorded outside {counted(len(c.meetings), 'meeting')}{long}.",
                )
            )
        if c.people:
            found.append(
                (
                    "Beyond these people.",
                    f"This is one network of {counted(len(c.people), 'person')}. The numbers describe it; they are no sample of others.",
                )
            )
        return found + [("", gap) for gap in self.summary.get("gaps") or ()]

    def _further(self) -> list[tuple[str, str, str]]:
        found = [
            ("The network, person by person", "network.html", "who is tied to whom, and every pair's story") if pairs_with_story(self.tables) else None,
            ("The claims and all their evidence", "claims.html", "tests, intervals, ties and turns behind each verdict") if self.claims else None,
            ("How the coding was done", "coding.html", self._coding_said()) if "readers" in self.tables or "codings" in self.tables else None,
            *((page.title, f"notebooks/{page.stem}.html", "as it ran, its code folded away") for page in self.case.notebooks),
            ("Data, methods, tables and files", "data.html", self._data_said()),
        ]  # fmt: skip
        return [row for row in found if row]

    def _coding_said(self) -> str:
        split = self.counts.table("disagreements")
        n = int((split["state"] == "open").sum()) if len(split) else 0
        return (
            f"who read what, agreement, {counted(n, 'open reading')}"
            if n
            else "who read what, and how far coders agree"
        )

    def _data_said(self) -> str:
        n = len(self.summary.get("problems") or ())
        return f"{counted(n, 'problem')} found in the data, {counted(len(self.tables), 'table')}, versions, files"

    def _notebook(self, stem: str, said: str) -> list[tuple[str, str]]:
        return [(f"More: {said}", f"notebooks/{stem}.html")] * any(page.stem == stem for page in self.case.notebooks)

    def _is_spoken(self, activity: str) -> bool:
        return any(place[0] == activity for place in self.case.evidence.turns)


def _how_much(changes: set[object]) -> str:
    """What the presence of ties does not tell: that one is reported as more or less frequent."""
    found = [
        said
        for change, said in (("strengthened", "more often than before"), ("weakened", "less often than before"))
        if change in changes
    ]
    return f" ({listed(found)})" if found else ""


def _all(n: int, of: int) -> str:
    return f"all {n}" if n == of else str(n or "none")


def _beside(counts: _Row) -> str:
    """The change with and without what was heard, never one without the other."""
    without = f"in {counts['hits_without']} of {counts['n_without']} without"
    if not counts["n_with"]:
        return f"no occasion with {counts['talk']}; {counts['change']} {without}"
    return f"{counts['change']} in {counts['hits_with']} of {counts['n_with']} with {counts['talk']}, {without}"
