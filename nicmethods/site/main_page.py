"""The page of a case that one sends to a colleague: what was found, what it rests on, and where each number comes from."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from nicmethods.site import drawings
from nicmethods.site.case_page import CaseSite, frame
from nicmethods.site.counts import BETWEEN, HUB, INSIDE, OTHER, Counts, claim_counts, other_causes
from nicmethods.site.evidence import pair_place
from nicmethods.site.pages import TEMPLATES, anchor, words
from nicmethods.site.said import about, are, by_chance, counted, cut, often
from nicmethods.tables import records
from nicmethods.tables.saying import capital, listed, percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["main_values"]

_Row = dict[str, Any]
_Pair = tuple[str, str]

_PEOPLE = {
    "across_schools": ("two educators of different schools", BETWEEN),
    "within_schools": ("two educators of one school", INSIDE),
    "hub_member": ("somebody of the hub and an educator", HUB),
    "members": ("two educators", ""),
}
_STYLES = {BETWEEN: "across", INSIDE: "inside", HUB: "hubs", OTHER: "unknown"}
_SHOWN_KINDS = (("coincide", 2), ("help_without_tie", 1), ("tie_without_help", 1), ("help_survey_unknown", 1))
_CLEAREST_LAST = ("dissonance", "too_little_to_say", "open", "silence_talk", "silence_survey", "partial_agreement", "agreement")  # fmt: skip
_STILL: dict[str, _Row] = yaml.safe_load((TEMPLATES / "parts.yml").read_text(encoding="utf-8"))
_MOST_THREADS = 14
_MOST_DRAWN = 150


def main_values(case: CaseSite) -> _Row:
    """Give the page of a case all it shows; what there is no table for is left out."""
    return _Main(case).values()


class _Main:
    def __init__(self, case: CaseSite) -> None:
        self.case, self.summary, self.tables = case, case.results.summary, case.results.tables
        self.claims = records(case.results.table("propositions"))
        relations = [row["relation"] for row in self.summary.get("relations") or ()]
        asked = [row["relation"] for row in self.claims if row["relation"] in relations]
        self.counts = Counts(case.results, next(iter(asked + relations), ""))
        self.quoted: set[str] = set()
        # help and a tie between the same two surveys are told apart from each other, and not in time
        self.has_both = bool(self.claims and len(self.counts.ends) > 1 and len(self.counts.requests))

    def values(self) -> _Row:
        c, rank = self.counts, {verdict: place for place, verdict in enumerate(_CLEAREST_LAST)}
        able = [row for row in self.claims[1:] if claim_counts(row)]
        least_clear = min(able, key=lambda row: rank.get(row["proposed_verdict"], 9), default=None)
        parts = [
            self._network() if c.ends else None,
            self._meetings() if len(c.requests) else None,
            self._together(self.claims[0], pairs=True) if self.claims else None,
            self._returned() if c.returned else None,
            self._together(least_clear, pairs=False) if least_clear else None,
        ]
        unseen = self.claims and all(row["proposed_verdict"] == "not_observable" for row in self.claims)
        names = {row["proposition"] for row in self.claims}
        return {
            **frame(self.case, self.case.title, up=""),
            "trail": [("All reports", "../index.html")],
            "c": c,
            "found": [" ".join(said) for said in (self._strands(), self._same_pairs()) if said],
            "limits": self._limits(),
            "picture": self._picture() if c.ends and c.people and len(c.people) <= _MOST_DRAWN else None,
            "claims": [] if unseen else [self._claim(row) for row in self.claims],
            "unseen": listed(dict.fromkeys(row["reason"] for row in self.claims)) if unseen else "",
            "n_claims": len(self.claims),
            "n_read": sum(bool(row.get("coded")) for row in c.meetings),
            "n_twice": int((c.table("readers").groupby("activity").size() > 1).sum()),
            "n_named": int(c.requests["helper"].notna().sum()),
            "n_late": sum(bool(one["after_results"]) for name, one in self.case.registered.items() if name in names),
            "strip": self._strip(),
            "parts": list(filter(None, parts)),
            "has_both": self.has_both,
            "n_open": int((c.table("disagreements")["state"] == "open").sum()),
        }

    # The first screen

    def _strands(self) -> list[str]:
        """What the survey shows and what was heard, each by itself; ** marks what a reader should be able to repeat."""
        c, said = self.counts, []
        of = f" of {words(c.relation)}" if c.relation else ""
        held = {kind: counts for kind in c.kinds if (counts := c.at_ends(kind))}
        if len(c.ends) > 1 and held:
            went = [f"{_among(kind)} from {first[0]} to {last[0]}" for kind, (first, last) in held.items()]
            went[0] = f"**{went[0].replace(' from ', ' went from ', 1)}**"
            said.append(f"From {c.month(c.ends[0])} to {c.month(c.ends[-1])}, [[tie|ties]]{of} {listed(went)}.")
        elif held:
            there = [f"{n:,} of {possible:,} possible {_among(kind)}" for kind, [(n, possible)] in held.items()]
            said.append(f"[[tie|Ties]]{of} in {c.month(c.ends[0])}, the one survey that tells: {listed(there)}.")
        asked, read = c.requests, [row for row in c.meetings if row.get("coded")] or c.meetings
        if len(asked):
            answered = int(asked["response_turn"].notna().sum())
            by = ", as the machine suggests and nobody has reviewed," if self.summary.get("suggestions_used") else ""
            replies = "every request was" if answered == len(asked) > 1 else f"{counted(answered, 'request')} {are(answered, was=True)}"  # fmt: skip
            said.append(
                f"In {counted(len(read), 'meeting')}{by or ','} people asked for help {often(len(asked))}; {replies} answered."
            )
            if top := self._busiest():
                said.append(f"{listed(row['said'] for row in top)} brought {_asked(top)} of the {len(asked)} requests.")
        elif "events" in self.tables and any(row.get("coded") for row in read):
            said.append(
                f"In {counted(len(read), 'meeting')} that {are(len(read), was=True)} read, nobody was heard to ask for help."
            )
        return said

    def _busiest(self) -> list[_Row]:
        """The meetings that brought half of the requests between them, where that is fewer than half of the meetings."""
        ranked = sorted(self.counts.meetings, key=lambda row: -sum(row["asked"]))
        for number in range(1, (len(ranked) + 1) // 2):
            if _asked(ranked[:number]) * 2 >= _asked(ranked):
                return [row for row in self.counts.meetings if row in ranked[:number]]
        return []

    def _same_pairs(self) -> list[str]:
        said = []
        claim = next(iter(self.claims), None)
        if claim and (counts := claim_counts(claim)):
            what = f"{counts['talk']} and {counts['change']}"
            said.append(
                {
                    "supports": f"{capital(what)} **fall on the same pairs**.",
                    "contradicts": f"{capital(what)} **fall on the same pairs less often than chance would bring**.",
                    "open": f"Whether {what} fall on the same pairs **cannot be told from chance**.",
                }.get(claim["together_stance"], f"Whether {what} fall on the same pairs is **too little to say**.")
            )
            if counts["n_with"]:
                who = _PEOPLE.get(claim["pairs"], ("two people", ""))[0]
                said.append(
                    f"On {counts['n_with']:,} [[occasion|{'occasion' if counts['n_with'] == 1 else 'occasions'}]] {who} were heard to help each other; {counts['hits_with'] or 'none'} of them had "
                    f"{counts['change']} in the next survey."
                )
            if counts["n_with"] and counts["n_without"]:
                said.append(
                    f"On {counted(counts['n_without'], 'other occasion')} they were together and no help was heard: {counts['hits_without'] or 'none'} had."
                )
        return said + self._mutual()

    def _mutual(self) -> list[str]:
        """Pairs whose help went both ways, and other pairs of the same kinds that met in read talk, by ties both ways in the first and last survey."""
        c, dyads = self.counts, self.counts.table("dyads")
        if not (c.returned and len(dyads) and len(c.ends) > 1) or not c.question.get("directed", True):
            return []
        kinds = {c.kind(*pair) for pair in c.returned}
        met = {(row["a"], row["b"]) for row in records(dyads[dyads["n_together_coded"] > 0])} - set(c.returned)
        those, others = (
            [{pair, pair[::-1]} for pair in pairs if all({pair, pair[::-1]} <= c.possible[wave] for wave in c.ends)]
            for pairs in (c.returned, [pair for pair in met if c.kind(*pair) in kinds])
        )
        if not those:
            return []

        def held(pairs: Sequence[set[_Pair]]) -> list[int | str]:
            return [sum(pair <= c.tied[wave] for pair in pairs) or "none" for wave in c.ends]

        (first, last), (others_first, others_last) = held(those), held(others)
        beside = f"; of {counted(len(others), 'other pair')} of their kind that met, {others_first} and {others_last}"
        said = f"{capital(counted(len(c.returned), 'pair'))} helped each other both ways: {first} of {len(those)} tied both ways"
        return [f"{said} in {c.month(c.ends[0])}, {last} in {c.month(c.ends[1])}{beside if others else ''}."]

    def _limits(self) -> str:
        c, said = self.counts, []
        if self.has_both:
            said.append("whether help or the tie came first, because both fall between the same two surveys")
        silent = {row["said"]: row["n_present"] - row["n_responded"] for row in c.told}
        if any(silent.values()):
            who = listed(f"{n} in {name}" for name, n in silent.items() if n)
            said.append(f"the ties of those who did not answer ({who})")
        if self.claims and (same := other_causes(self.claims[0], c.table("error_rates"))):
            said.append(f"what else brought both: of simulated networks, {same}")
        return f"{'; '.join(said)}." if said else ""

    def _picture(self) -> _Row:
        c = self.counts
        last = {(min(pair), max(pair)) for pair in c.tied[c.ends[-1]]}
        new = {pair: c.kind(*pair) in (BETWEEN, HUB) and c.state(*pair, c.ends[0]) == "no tie" for pair in sorted(last)}
        people = [
            {"actor": actor, "site": row.get("site") or "", "is_hub": row.get("group") == "hub", "said": ", ".join(filter(None, (actor, c.who(actor))))}
            for actor, row in c.people.items()
        ]  # fmt: skip
        here, before = c.month(c.ends[-1]), c.month(c.ends[0]) if len(c.ends) > 1 else ""
        title = f"The network in {here}: {counted(len(last), 'pair')} with a tie"
        if before:
            title += f", {sum(new.values())} of them new since {before} between schools or with the hub"
        who = "people in their schools" if any(one["site"] for one in people) else "people"
        return {
            "drawing": drawings.network(people, new, title=title),
            "month": here,
            "first": before,
            "n": len(last),
            "n_new": sum(new.values()),
            "who": who + ", squares the [[hub]]" * any(one["is_hub"] for one in people),
        }

    # The verdicts

    def _claim(self, row: _Row) -> _Row:
        name = row["proposition"]
        robust, rests = self.counts.table("robustness"), self.counts.table("rests_on")
        stands = records(robust[(robust["kind"] == "proposition") & (robust["subject"] == name)])
        draws = records(rests[(rests["proposition"] == name) & (rests["what"] == "draws")].dropna(subset=["n", "of"]))
        holds = [
            f"{one['n_same'] - 1:.0f} of {one['n_settings'] - 1:.0f} [[other settings]]"
            for one in stands
            if one["n_settings"] > 1
        ]
        holds += [f"{one['n']:.0f} of {one['of']:.0f} [[draws of the codings|draws]]" for one in draws]
        units = {"fewest_pairs": "pair", "fewest_codings": "event"}
        few = records(rests[(rests["proposition"] == name) & rests["what"].isin(units) & (rests["n"] <= 2)])
        turned = [f"{counted(one['n'], units[one['what']])} of {one['of']:.0f}" for one in few]
        return {
            **row,
            "turned": " or ".join(turned),
            "anchor": anchor("p", name),
            "question": row["relation"] if len({one["relation"] for one in self.claims}) > 1 else "",
            "holds": listed(holds),
            "answers": self._answers(row),
        }

    @staticmethod
    def _answers(row: _Row) -> list[tuple[str, list[str]]]:
        """What the survey, the talk and both together say to a claim, each with its numbers."""
        survey, talk, together = list[str](), list[str](), list[str]()
        if row["survey_n"]:
            survey.append(
                f"{row['change_said']}: {row['survey_up']:,}; the other way: {row['survey_down']:,}; of {row['survey_n']:,} known in both"
            )
        if row["n_pairs"]:
            seen = f"{row['n_seen']:,} of {counted(row['n_pairs'], 'pair')}"
            seen += f", {about(row['n_seen'], row['n_pairs'])}" if row["n_seen"] else ""
            if row["seen_low"] is not None:
                seen += f"; {percent(row['seen_low'])[:-2]} to {percent(row['seen_high'])}"
            talk.append(seen)
        side, than = {"supports": ("more", "more"), "contradicts": ("less", "fewer")}.get(
            row["choice_stance"], ("", "")
        )
        if side and row["choice_expected"] is not None:
            talk.append(
                f"{than} than the {row['choice_expected']:.0f} [[expected]]; by chance {by_chance(row[f'choice_p_{side}'])}"
            )
        if counts := claim_counts(row):
            together.append(f"{_of(counts, 'with')} with {counts['talk']}, {_of(counts, 'without')} without")
        if row["expected"] is not None and row["p_more"] is not None:
            together.append(f"{row['expected']:.0f} [[expected]]; [[by chance]] {by_chance(row['p_more'])}")
        if row["times_enough"] is not None:
            together.append(f"needs about {row['times_enough']:.{int(row['times_enough'] < 3)}f} times this record")
        answers = (("survey_answer", survey), ("talk_answer", talk), ("together_answer", together))
        return [(capital(row[answer]), lines) for answer, lines in answers]

    # Asked, counted, answered, read

    def _strip(self) -> list[tuple[str, str]]:
        c, found = self.counts, []
        q = c.question
        scale = {float(value): label for value, label in q.get("scale") or ()}
        if q.get("question"):
            relations = [row["relation"] for row in self.summary.get("relations") or ()]
            others = [words(relation) for relation in relations if relation != c.relation]
            also = f". Also asked: {listed(others)}; those ties stand on the linked pages." if others else ""
            head = f"The survey asked{f' ({words(c.relation)})' if others else ''}"
            found.append((head, f"“{q['question']}” {' / '.join(scale.values())}{also}"))
        if q:
            least = float(q.get("threshold") or 0)
            counts = f"“{scale[least]}” or more." if least in scale else f"An answer of {least:g} or more."
            whom = f"those of the same {q['within']}" if q.get("within") else "every other person"
            way = "a pair can hold two ties, one each way" if q.get("directed", True) else "a tie has no direction"
            found.append(("What counts as a tie", f"{counts} Each person is asked about {whom}; {way}."))
        if waves := c.told:
            told = listed(f"{row['n_responded']} of {row['n_present']} in {row['said']}" for row in waves)
            guess = " Who did not answer was inferred." if any(row.get("basis") == "inferred" for row in waves) else ""
            silent = any(row["n_present"] > row["n_responded"] for row in waves)
            found.append(("Who answered", f"{told}.{guess}{' Silence is unknown, not “no tie”.' if silent else ''}"))
        if read := self._read():
            found.append(("What was read", read))
        return found

    def _read(self) -> str:
        readers, split = self.counts.table("readers"), self.counts.table("disagreements")
        if not len(readers):
            return "Nobody has coded the talk." if self.summary.get("suggestions_used") else ""
        said = [
            f"{counted(one['n_read'].sum(), 'turn')} of {counted(one['activity'].nunique(), 'meeting')} by {coder}"
            for coder, one in readers.groupby("coder")
        ]
        if len(said) == 1 or not len(split):
            return f"{listed(said)}."
        about_help = ["help_request", "help_given"]
        coded = self.tables["coder_codings"].drop_duplicates(["coder", "activity", "turn", "code"])
        each = coded[coded["code"].isin(about_help)].groupby(["activity", "turn", "code"]).size()
        mine = split[split["code"].isin(about_help)]
        n_both = int((each > 1).sum())
        n_split = int((mine["given_by"].notna() & mine["not_given_by"].notna()).sum())
        n_open, n_decided = (int((split["state"] == state).sum()) for state in ("open", "decided"))
        return (
            f"{listed(said)}. Of {counted(n_both + n_split, 'turn')} that one of them called help, both did in {n_both}. "
            f"They settled {counted(n_decided, 'difference')}; {n_open} {are(n_open)} still open."
        )

    # Five parts

    def _network(self) -> _Row:
        c = self.counts
        held = {kind: c.ties(kind) for kind in c.kinds}
        names = [c.month(wave) for wave in c.tied]
        series = [
            (capital(kind), _STYLES[kind], [n if of else None for n, of in counts]) for kind, counts in held.items()
        ]
        ends = [(_among(kind), *counts[0], *counts[-1]) for kind in c.kinds if (counts := c.at_ends(kind))]
        claim = "Ties " + "; ".join(
            f"{kind} from {n} to {m}" if len(c.ends) > 1 else f"{kind}: {n} of {of} possible"
            for kind, n, of, m, _ in ends[:2]
        )
        return {
            **self._part("network", relation=words(c.relation)),
            "claim": claim,
            "drawing": drawings.lines(series, names, title=claim),
            "numbers": [
                f"**{capital(_among(kind))}:** {', then '.join(f'{n} of {of}' if of else 'unknown' for n, of in counts)} [[possible ties|possible]]."
                for kind, counts in held.items()
            ],
            "quotes": [self._against()],
            "deeper": [("Move through the network, person by person", "network.html")] * bool(self.case.evidence.stories)
            + self._notebook("01_network", "measures, tests and models of the network"),
        }  # fmt: skip

    def _against(self) -> _Row | None:
        """Help between schools that the survey does not follow: one quote against the trend."""
        dyads = self.counts.table("dyads")
        for verdict in ("help_in_waning_tie", "help_without_tie", "coincide"):
            for row in records(dyads[dyads["verdict"] == verdict]):
                if self.counts.kind(row["a"], row["b"]) == BETWEEN and (quote := self._quote_of(row["events"])):
                    waves = self.counts.waves
                    story = [f"{wave['said']}, {self.counts.state(row['a'], row['b'], wave['wave'])}" for wave in waves]
                    lead = "" if verdict == "coincide" else "Against the trend. "
                    return quote | {"more": f"{lead}The two in the survey: {'; '.join(story)}."}
        return None

    def _meetings(self) -> _Row:
        c, asked = self.counts, self.counts.requests
        dated = [row for row in c.meetings if row.get("date")]
        most = max(c.meetings, key=lambda row: sum(row["asked"]))
        top = self._busiest() or [most]
        claim = (
            f"{listed(row['said'] for row in top)} brought {_asked(top)} of {counted(len(asked), 'request')} for help"
        )
        kinds = asked["between"].value_counts()
        told = [f"{_among(kind)} {kinds[kind]}" for kind in _STYLES if kinds.get(kind) and kind != OTHER]
        if rest := int(kinds.get(OTHER, 0)):
            told.append(f"one of the two not known or of neither {rest}")
        days = self._days(dated) if dated else ([], [])
        here = asked[asked["activity"] == most["activity"]]
        return {
            **self._part(
                "talk",
                ties=", and the ties of each survey" * bool(days[1]),
                bands="; blue bands are surveys" * bool(days[1]),
            ),
            "claim": claim,
            "drawing": drawings.timeline(*days, title=claim) if dated else "",
            "legend": [
                (_STYLES[kind], "not known who, or neither" if kind == OTHER else _among(kind))
                for kind in _STYLES
                if kinds.get(kind)
            ],
            "numbers": [*self._phases(dated), f"**Who asked whom:** {listed(told)}."],
            "quotes": [self._first_quote(records(here), "request_turn", end=True)],
            "deeper": [
                (row["said"], address)
                for row in c.meetings
                if (address := self.case.evidence.transcript(row["activity"]))
            ]
            + self._notebook("02_coding", "who speaks, and what was coded where"),
        }

    @staticmethod
    def _phases(dated: Sequence[_Row]) -> list[str]:
        """Requests by phase of the cycle, an hour where the record tells how long meetings were."""
        said = []
        for phase in dict.fromkeys(filter(None, (row.get("phase") for row in dated))):
            rows = [row for row in dated if row.get("phase") == phase]
            minutes, per = sum(row["minutes"] or 0 for row in rows), ""
            if minutes >= 15 and all(row["minutes"] is not None for row in rows):
                per = f" in {minutes:.0f} minutes, {60 * _asked(rows) / minutes:.0f} an hour"
            said.append(
                f"**{capital(phase)}** ({counted(len(rows), 'meeting')}): {counted(_asked(rows), 'request')}{per}."
            )
        return said

    def _days(self, dated: Sequence[_Row]) -> tuple[list[_Row], list[_Row]]:
        c = self.counts
        waves = [row for row in c.waves if row.get("opened")]
        start = min(pd.Timestamp(day) for day in [row["date"] for row in dated] + [row["opened"] for row in waves])

        def day(date: str) -> int:
            return (pd.Timestamp(date) - start).days

        meetings = [
            row | {"day": day(row["date"]), "date": f"{pd.Timestamp(row['date']):%-d %B}", "phase": row.get("phase") or "",
                   "read": row.get("coded") or bool(sum(row["asked"]))}
            for row in dated
        ]  # fmt: skip
        surveys = [
            {"said": f"{row['said']} survey", "from": day(row["opened"]), "to": day(row.get("closed") or row["opened"]),
             "ties": counted(sum(c.ties(kind)[place][0] for kind in c.kinds), "tie") if c.possible[row["wave"]] else "no answers"}
            for place, row in enumerate(waves)
            if len(c.tied) == len(waves)
        ]  # fmt: skip
        return meetings, surveys

    def _together(self, row: _Row, *, pairs: bool) -> _Row | None:
        counts = claim_counts(row)
        if not counts:
            return None
        change, talk = counts["change"], counts["talk"]
        who, kind = _PEOPLE.get(row["pairs"], ("two people", ""))
        told = f": {row['together_answer']}" if row["together_stance"] in ("too_little", "open") else ""
        with_talk = f"{change} on {counts['hits_with']} of {counted(counts['n_with'], 'occasion')}"
        without = f"on {_of(counts, 'without')}" if counts["n_without"] else "no occasion"
        claim = f"With {talk}, {with_talk if counts['n_with'] else 'no occasion'}; without, {without}{told}"
        groups = [
            (f"{heard}: {counted(counts[f'n_{side}'], 'occasion')}", f"with {change}: {counts[f'hits_{side}']}", counts[f"n_{side}"], counts[f"hits_{side}"])
            for heard, side in ((f"{capital(talk)} was heard", "with"), ("None was heard", "without"))
        ]  # fmt: skip
        numbers = [f"The {counted(counts['n_rows'], 'occasion')} are of {counted(row['n_row_pairs'], 'pair')}."]
        if row["expected"] is not None:
            numbers.insert(0, f"What people do anyway, and whom they meet, would put about **{row['expected']:.0f}** of them in both; there were **{counts['hits_with']}**.")  # fmt: skip
        if row["miss_falls"] is not None:
            numbers.append(
                f"The finding falls if surveys miss more than {percent(row['miss_falls'])} of ties that exist."
            )
        given = self.counts.given
        helped = [] if pairs else records(given[given["between"] == kind] if kind else given)
        found = row["proposed_verdict"] == "agreement"
        return {
            **self._part("both" if pairs else "unclear", who=who, change=change, Change=capital(change), talk=talk),
            **({"label": "One more claim"} if found and not pairs else {}),
            "claim": claim,
            "drawing": drawings.squares(groups, title=claim),
            "numbers": numbers,
            "quotes": [self._first_quote(helped, "response_turn")],
            "deeper": [("The test, and what would overturn it", f"claims.html#{anchor('p', row['proposition'])}")],
            "joint": self._joint(kind) if pairs else [],
            "all_pairs": len(self.counts.table("dyads")[["a", "b"]].drop_duplicates()),
        }  # fmt: skip

    def _returned(self) -> _Row:
        c = self.counts
        days = [row for row in c.meetings if row.get("date")]
        number = {row["activity"]: place for place, row in enumerate(days)}
        shown = [
            (f"{a}, {b}", helped)
            for (a, b), rows in c.returned.items()
            if (helped := [(number[row["activity"]], row["helper"] == a) for row in rows if row["activity"] in number])
        ]
        stamps = [str(row["date"]) for row in days]
        surveys = [
            sum(day < str(row["opened"]) for day in stamps) - 0.5
            for row in c.waves
            if stamps and row.get("opened") and stamps[0] < str(row["opened"]) <= stamps[-1]
        ]
        apart = sum(len({row["activity"] for row in rows}) > 1 for rows in c.returned.values())
        claim = f"{capital(counted(len(c.returned), 'pair'))} helped each other both ways, {apart or 'none'} of them in different meetings"
        kinds = Counter(c.kind(*pair) for pair in c.returned)
        who = listed(f"{_among(kind)} {kinds[kind]}" for kind in _STYLES if kinds[kind])
        pair, rows = next(iter(c.returned.items()))
        both = sorted((next(row for row in rows if row["helper"] == name) for name in pair), key=rows.index)
        more = f", the {_MOST_THREADS} of most time between help" if len(shown) > _MOST_THREADS else ""
        dates = [f"{pd.Timestamp(row['date']):%-d %b}" for row in days]
        return {
            **self._part("returned", most=more),
            "claim": claim,
            "drawing": drawings.threads(shown[:_MOST_THREADS], dates, surveys, title=claim) if shown else "",
            "numbers": [f"**Who:** {who}."],
            "quotes": [self._quote(row, "response_turn") for row in both],
            "deeper": [("Follow each of them, turn by turn", pair_place(*pair))] * (pair in self.case.evidence.stories)
            + self._notebook("03_triangulation", "steps from shared practice to help returned, and models"),
        }

    # Pairs side by side

    def _joint(self, kind: str) -> list[_Row]:
        dyads = self.counts.table("dyads")
        if kind:
            dyads = dyads[[self.counts.kind(a, b) == kind for a, b in zip(dyads["a"], dyads["b"], strict=True)]]
        dyads = dyads.assign(n=dyads[["n_help_ab", "n_help_ba", "n_request_ab", "n_request_ba"]].sum(axis=1))
        dyads = dyads.sort_values(["n", "from_wave", "a", "b"], ascending=[False, True, True, True], kind="stable")
        shown: dict[_Pair, _Row] = {}
        for verdict, most in _SHOWN_KINDS:
            apart = set[str]()
            for row in records(dyads[dyads["verdict"] == verdict]):
                pair = (row["a"], row["b"])
                if len(apart) < 2 * most and pair not in shown and apart.isdisjoint(pair):
                    shown[pair] = row
                    apart |= {*pair}
        return [self._joint_row(row) for row in shown.values()]

    def _joint_row(self, row: _Row) -> _Row:
        c, (a, b) = self.counts, (row["a"], row["b"])
        talk = [
            f"{x} {verb} {y} {often(n)}"
            for x, y, side in ((a, b, "ab"), (b, a, "ba"))
            for verb, n in (("asks", row[f"n_request_{side}"]), ("helps", row[f"n_help_{side}"]))
            if n
        ]
        ledger = c.table("ledger")
        subject = f"{row['from_wave']}/{row['to_wave']}/{a}/{b}"
        written = ledger.loc[ledger["subject"] == subject, "meta_inference"].dropna()
        survey = "; ".join(f"{c.month(wave)}: {c.state(a, b, wave)}" for wave in (row["from_wave"], row["to_wave"]))
        return {
            "a": a, "b": b,
            "who": "; ".join(dict.fromkeys(filter(None, (c.who(actor) for actor in (a, b))))),
            "href": pair_place(a, b) if (a, b) in self.case.evidence.stories else "",
            "survey": survey + _how_much({row["change_ab"], row["change_ba"]}),
            "talk": f"{'; '.join(talk)}." if talk else f"Together in {counted(row['n_together_coded'], 'read meeting')}; no help heard between them.",
            "quote": self._quote_of(row["events"]) if talk else None,
            "verdict": row["verdict"],
            "researchers": next(iter(written), ""),
        }  # fmt: skip

    # Quotes

    def _quote_of(self, events: object) -> _Row | None:
        """Words of one of a pair's events, those of help given first."""
        ids = str(events or "").split(";")
        found = [row for row in records(self.counts.events) if row["event"] in ids]
        for kind, column in (("help_given", "response_turn"), ("help_request", "request_turn")):
            mine = [row for row in found if row["kind"] == kind]
            if quote := self._first_quote(mine, column, end=kind == "help_request"):
                return quote
        return None

    def _first_quote(self, rows: Iterable[_Row], column: str, *, end: bool = False) -> _Row | None:
        return next(filter(None, (self._quote(row, column, end=end) for row in rows)), None)

    def _quote(self, row: _Row, column: str, *, end: bool = False) -> _Row | None:
        """Words of an event's turn that no other place of the page quotes, with who says them to whom."""
        place = f"{row['activity']}/{row[column]}"
        turn = self.case.evidence.turns.get(place)
        if turn is None or place in self.quoted or not turn["text"]:
            return None
        self.quoted.add(place)
        pair = [row["seeker"], row["helper"]] if column == "request_turn" else [row["helper"], row["seeker"]]
        said = " to ".join(pair) if all(pair) else pair[0] or "unknown speaker"
        label, address = self.case.evidence.turn_links(place)[0]
        return {"text": cut(turn["text"], end=end), "said": said, "label": label, "href": address, "more": ""}

    def _part(self, name: str, **said: str) -> _Row:
        """What stands still in a part of the page, with what is known of this case filled in."""
        still: _Row = {
            key: text.format(**said) if isinstance(text, str) else text for key, text in _STILL[name].items()
        }
        data = {table: text for table, text in still["data"].items() if table in self.tables}
        return still | {"anchor": name, "data": data}

    def _notebook(self, stem: str, said: str) -> list[tuple[str, str]]:
        return [(f"More: {said}", f"notebooks/{stem}.html")] * any(page.stem == stem for page in self.case.notebooks)


def _among(kind: str) -> str:
    """Where ties of a kind are."""
    return f"between {kind}" if kind == HUB else kind


def _of(counts: _Row, side: str) -> str:
    n = counts[f"n_{side}"]
    return f"{counts[f'hits_{side}']} of {n:,}" if n else "no occasion"


def _asked(meetings: Sequence[_Row]) -> int:
    return sum(sum(row["asked"]) for row in meetings)


def _how_much(changes: set[object]) -> str:
    """What the presence of ties does not tell: that one is reported as more or less frequent."""
    often = {"strengthened": "more often than before", "weakened": "less often than before"}
    found = [said for change, said in often.items() if change in changes]
    return f" ({listed(found)})" if found else ""
