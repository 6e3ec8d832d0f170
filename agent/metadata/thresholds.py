"""Numbers a question asks of posts: more than, at least, none, longer than another post or than the average."""

from __future__ import annotations

import re

from agent.metadata.measures import ANY_MEASURE, LINKS_OUT, WORDS, Measure, measure_called
from agent.metadata.periods import Condition
from agent.metadata.reading import POST_NOUN, Reading
from agent.metadata.text import NUMBER, POST, finditer, fullmatch, number, search

COMPARISONS = (
    (rf"(?:no|not) (?:more|longer|greater) than {NUMBER}|at most {NUMBER}|up to {NUMBER}|a maximum of {NUMBER}|{NUMBER} (?=[\w ]+ (?:or (?:fewer|less)|at most))", "<="),
    (rf"(?:no|not) (?:fewer|less) than {NUMBER}|at least {NUMBER}|a minimum of {NUMBER}|{NUMBER} ?(?:\+|or more)|{NUMBER} (?=[\w ]+ (?:or more|at least))", ">="),
    (rf"(?:more|longer|greater|larger|higher) than {NUMBER}|(?:over|above|exceed(?:s|ing)?|beyond|upwards of|in excess of) {NUMBER}", ">"),
    (rf"(?:fewer|less|shorter|smaller|lower) than {NUMBER}|(?:under|below) {NUMBER}", "<"),
    (rf"(?:exactly|precisely|just|only) {NUMBER}", "="),
)  # fmt: skip
VERB = r"(?:tagged with|with|have|has|having|had|contain(?:s|ing)?|includ(?:e|es|ing)|use|uses|using|featur(?:e|es|ing)|of|carry|carrying|(?:run|come|amount|add up)(?:s|ning|ing)?(?: to)?|go(?:es)?|show(?:s|ing)?|(?:sit|stand|land|end up)(?:s|ing)? (?:at|on|with)|where there (?:is|are)|cit(?:e|es|ing)|link(?:s|ing)?(?: out)? to|link(?:s|ing)? out to)"
_NONE = r"(?:with no|without(?: any| a single| a)?|lack(?:s|ing)?(?: any)?|(?:has|have|having|contain(?:s|ing)?|use|uses|using|includ(?:e|es|ing)|featur(?:e|es|ing)) (?:no|zero|0)|(?:do|does|did)(?: not| nt) (?:have|contain|use|include|feature|carry)(?: any| a single| a)?|with (?:0|zero)|(?:free|devoid) of)"
OPERATORS = {">": "more than", ">=": "at least", "<": "fewer than", "<=": "at most", "=": "exactly"}


def comparisons(reading: Reading) -> Condition | None:
    take = reading.text.take
    nouns = rf"(?P<noun>{ANY_MEASURE}|other posts?|(?:other )?posts?)"
    if m := take(
        rf"\b(?:{VERB} )?(?:(?P<unit>{ANY_MEASURE}) )?(?:(?:between|from|of) )?{NUMBER} ?(?:and|to|-|–) ?{NUMBER}[ -](?:{nouns})(?: long| (?:long )?(?={POST_NOUN}))?\b"
    ):
        low, high = sorted(re.findall(r"\b\d+\b", m[0]), key=float)[:2]
        measure = _threshold_measure(m["noun"], m[0])
        if measure is None:
            return None
        return Condition(f"{measure.sql} BETWEEN {low} AND {high}", f"with {low} to {high} {named(measure)}")
    for comparison, operator in COMPARISONS:
        pattern = rf"\b(?:(?:that |which )?(?:are|is|were|was) )?(?:{VERB} )?(?:{comparison})(?: other)? (?!posts? (?:per|each))(?P<noun>{ANY_MEASURE}|posts?)(?: long| in length| or (?:more|fewer|less)| at (?:least|most))?(?= )"
        for m in finditer(pattern, reading.left):
            measure = _threshold_measure(m["noun"], m[0])
            if measure is None:
                continue
            value = number(next(group for group in m.groups() if group and fullmatch(NUMBER, group)))
            reading.text.left = reading.left.replace(m[0], " · ", 1)
            return Condition(
                f"{measure.sql} {operator} {value}", f"with {OPERATORS[operator]} {value} {named(measure, value)}"
            )
        stated = rf"\b(?:{VERB} )?(?:an? |the |its |their )?(?:(?:total )?(?:number|count|amount) of )?(?P<noun>{ANY_MEASURE})(?: counts?)? (?:(?:that|which) )?(?:(?:is|are|was|were|of) )?(?:{comparison})(?= )(?! (?:{ANY_MEASURE}|{POST_NOUN}|times|years?|days?)\b)"
        for m in finditer(stated, reading.left):
            if (measure := measure_called(m["noun"])) is None:
                continue
            value = number(next(group for group in m.groups() if group and fullmatch(NUMBER, group)))
            reading.text.left = reading.left.replace(m[0], " · ", 1)
            return Condition(
                f"{measure.sql} {operator} {value}", f"with {OPERATORS[operator]} {value} {named(measure, value)}"
            )
    return _against_other(reading) or _average(reading) or _against_post(reading)


def _threshold_measure(noun: str, phrase: str) -> Measure | None:
    """The measure of a threshold; posts are one when the verb is to link."""
    if fullmatch(r"(?:other )?posts?", noun.strip()):
        return LINKS_OUT if search(r"\b(?:link|cit|refer)", phrase) else None
    return measure_called(noun)


def named(measure: Measure, value: str = "") -> str:
    name = measure.name.replace("_", " ")
    return name.removesuffix("s") if value == "1" and measure.name != "posts_linking_to_it" else name


def _against_other(reading: Reading) -> Condition | None:
    """ "more images than equations": two measures of the same post."""
    m = reading.text.take(
        rf"\b(?:{VERB} )?(?P<more>more|fewer|less|as many) (?P<one>{ANY_MEASURE}) (?:than|as) (?P<two>{ANY_MEASURE})(?= )"
    )
    one, two = (measure_called(m["one"]), measure_called(m["two"])) if m else (None, None)
    if m is None or one is None or two is None:
        return None
    operator = {"more": ">", "as many": "="}.get(m["more"], "<")
    return Condition(f"{one.sql} {operator} {two.sql}", f"with {m['more']} {named(one)} than {named(two)}")


def _average(reading: Reading) -> Condition | None:
    m = reading.text.take(
        rf"\b(?:(?:are|is|were|that are) )?(?P<how>longer|shorter) than (?:the )?(?P<stat>average|mean|median|typical)(?: {POST_NOUN}| length)?(?= )"
        rf"|\b(?:{VERB} )?(?P<more>more|fewer|less) (?P<noun>{ANY_MEASURE}) than (?:the )?(?P<stat2>average|mean|median)(?: {POST_NOUN})?(?= )"
        rf"|\b(?:{VERB} )?(?P<more3>more|fewer|less) than (?:the )?(?P<stat3>average|mean|median) (?:number|count|amount) of (?P<noun3>{ANY_MEASURE})(?= )"
        rf"|\b(?P<side>above|below)[- ](?:the )?average (?:number of )?(?P<noun2>{ANY_MEASURE})(?= )"
    )
    if m is None:
        return None
    measure = measure_called(m["noun"] or m["noun2"] or m["noun3"] or "words") or WORDS
    operator = ">" if (m["how"] or m["more"] or m["more3"] or m["side"]) in ("longer", "more", "above") else "<"
    function = "median" if "median" in m[0] else "avg"
    return Condition(
        f"{measure.sql} {operator} (SELECT {function}({measure.sql}) FROM posts p)",
        f"with {'more' if operator == '>' else 'fewer'} {named(measure)} than the {'median' if function == 'median' else 'average'} post",
    )


def _against_post(reading: Reading) -> Condition | None:
    if reading.text.has(rf"\b(?:{POST}.*) (?:longer|shorter|more|fewer|older|newer) .*{POST}"):
        return None
    m = reading.text.take(
        rf"\b(?:(?:that )?(?:are|is|were|was) )?(?P<how>longer|shorter) than {POST}(?= )|\b(?:{VERB} )?(?P<more>more|fewer|less) (?P<noun>{ANY_MEASURE}) than {POST}(?: has| does)?(?= )"
        rf"|\b(?:{VERB} )?the same number of (?P<same>{ANY_MEASURE}) as {POST}(?= )"
    )
    if m is None:
        return None
    post = reading.posts[int(next(g for g in m.groups() if g and g.isdigit()))]
    measure = measure_called(m["noun"] or m["same"] or "words") or WORDS
    operator = "=" if m["same"] else ">" if (m["how"] or m["more"]) in ("longer", "more") else "<"
    value = measure.sql.replace("p.", "o.")
    return Condition(
        f"{measure.sql} {operator} (SELECT {value} FROM posts o WHERE o.slug = {post.slug}) AND p.slug <> {post.slug}",
        f"with {'as many' if m['same'] else 'more' if operator == '>' else 'fewer'} {named(measure)} {'as' if m['same'] else 'than'} {post.spoken}",
    )


def _several_present(reading: Reading) -> Condition | None:
    """ "both code and footnotes", "neither images nor equations", "images but no code"."""
    verb = r"(?:(?:that|which) )?(?:with|have|has|having|contain(?:s|ing)?|includ(?:e|es|ing)|use|uses|using)"
    m = reading.text.take(
        rf"\b(?P<verb>{verb}|without) (?P<both>both |either |neither |any )?(?:any |some |at least one )?(?P<one>{ANY_MEASURE}) (?P<join>and no|but no|but not|or|nor|and|but without|without|and without|but)(?: any| some| no)? (?P<two>{ANY_MEASURE})(?= )(?! than)"
    )
    one, two = (measure_called(m["one"]), measure_called(m["two"])) if m else (None, None)
    if m is None or one is None or two is None:
        return None
    none = m["verb"] == "without" or (m["both"] or "").strip() == "neither"
    first = f"{one.sql} {'=' if none else '>'} 0"
    second = f"{two.sql} {'=' if none or re.search('no|without', m['join']) and m['join'] != 'nor' else '>'} 0"
    either = m["join"] == "or" and not none
    words = " ".join(m[0].split()).removeprefix("that ").removeprefix("which ")
    return Condition(
        f"({first} {'OR' if either else 'AND'} {second})", words if words.startswith("with") else f"that {words}"
    )


def presence(reading: Reading) -> Condition | None:
    """ "without footnotes", "with code": none or some of a thing that is counted."""
    if (several := _several_present(reading)) is not None:
        return several
    if m := reading.text.take(
        rf"\b(?:(?:that|which|who) )?{_NONE} (?P<noun>{ANY_MEASURE})(?: at all| in (?:it|them))?(?= )"
    ):
        measure = measure_called(m["noun"])
        return Condition(f"{measure.sql} = 0", f"without {named(measure)}") if measure else None
    if m := reading.text.take(r"\buntagged\b"):
        return Condition("NOT EXISTS (SELECT 1 FROM topics x WHERE x.slug = p.slug)", "without tags")
    counting = r"(?<!many )(?<!most )(?<!fewest )(?<!number )(?<!count )"
    if m := reading.text.take(rf"(?:(?:,|and|or|·|but) )+no (?P<noun>{ANY_MEASURE})(?= )"):
        measure = measure_called(m["noun"])
        return Condition(f"{measure.sql} = 0", f"without {named(measure)}") if measure else None
    verbs = r"(?:that |which )?(?:with|have|has|having|contain(?:s|ing)?|includ(?:e|es|ing)|use|uses|using|featur(?:e|es|ing))"
    m = reading.text.take(
        rf"\b{verbs} (?:(?:any|some|at least one|at least a|a|an|actual) )?{counting}(?P<noun>{ANY_MEASURE})(?: in (?:it|them)| at all)?(?= (?!there|p§|than|per|of ))"
    )
    if m is None:
        return None
    measure = measure_called(m["noun"])
    return Condition(f"{measure.sql} > 0", f"with {named(measure)}") if measure else None
