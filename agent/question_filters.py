"""The words of a metadata question that narrow posts down: tags, titles, thresholds, links, times, mentions."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence

from agent.measures import (
    ANY_MEASURE,
    LINKS_IN,
    LINKS_OUT,
    TITLE_LENGTH,
    TITLE_WORDS,
    WORDS,
    Measure,
    measure_called,
)
from agent.question_reading import POST_NOUN, Reading
from agent.question_text import (
    NEUTRAL,
    NUMBER,
    POST,
    QUOTED,
    finditer,
    fullmatch,
    literal,
    number,
    pattern_literal,
    search,
)
from agent.question_times import Condition

_END = r"(?= ?(?:in|from|since|before|after|during|between|that|which|whose|and|or|but|by|per|each|were|was|are|is|did|does|do|have|has|come|came|published|with|without|on|most|not|there|first|ever|argue|say|discuss|cover|claim|conclude|explain|mean|at|appear|occur)\b| ?(?:t§|p§|[,·])| ?$)"
_COMPARISONS = (
    (rf"(?:no|not) (?:more|longer|greater) than {NUMBER}|at most {NUMBER}|up to {NUMBER}|a maximum of {NUMBER}|{NUMBER} (?=[\w ]+ (?:or (?:fewer|less)|at most))", "<="),
    (rf"(?:no|not) (?:fewer|less) than {NUMBER}|at least {NUMBER}|a minimum of {NUMBER}|{NUMBER} ?(?:\+|or more)|{NUMBER} (?=[\w ]+ (?:or more|at least))", ">="),
    (rf"(?:more|longer|greater|larger|higher) than {NUMBER}|(?:over|above|exceed(?:s|ing)?|beyond|upwards of|in excess of) {NUMBER}", ">"),
    (rf"(?:fewer|less|shorter|smaller|lower) than {NUMBER}|(?:under|below) {NUMBER}", "<"),
    (rf"(?:exactly|precisely|just|only) {NUMBER}", "="),
)  # fmt: skip
_VERB = r"(?:tagged with|with|have|has|having|had|contain(?:s|ing)?|includ(?:e|es|ing)|use|uses|using|featur(?:e|es|ing)|of|carry|carrying|run(?:s|ning)?|show(?:s|ing)?|where there (?:is|are)|cit(?:e|es|ing)|link(?:s|ing)?(?: out)? to|link(?:s|ing)? out to)"
_NONE = r"(?:with no|without(?: any| a single| a)?|lack(?:s|ing)?(?: any)?|(?:has|have|having|contain(?:s|ing)?|use|uses|using|includ(?:e|es|ing)|featur(?:e|es|ing)) (?:no|zero|0)|(?:do|does|did)(?: not| nt) (?:have|contain|use|include|feature|carry)(?: any| a single| a)?|with (?:0|zero)|(?:free|devoid) of)"
_VALUE = {"": ">"}


def read_comparisons(reading: Reading) -> None:
    """Thresholds only ("longer than average", "more than 20 equations"): to be read before averages and ranks are."""
    _read(reading, (_title_measures, _comparisons))


def read_filters(reading: Reading) -> None:
    """Every filter the text names becomes a condition; its words are taken away."""
    _read(reading, (_title_measures, _titles, _mentions, _sections, _tags, _links, _kinds, _comparisons, _beside_posts, _presence))
    reading.conditions.extend(reading.times.conditions())


_HINTS = {
    "_title_measures": r"title",
    "_titles": r"title|name|headline|start|begin|end",
    "_mentions": r"mention|word|term|phrase",
    "_sections": r"section|heading",
    "_tags": r"tag|categor|label|filed|posts?|articles?|ones?|notebook|entries|pieces",
    "_links": r"link|cit|refer|point|inbound|incoming|internal",
    "_comparisons": r"\d|average|mean|median|than|as|a single",
    "_beside_posts": r"p§",
}
"""What a recogniser's words hold at least: most questions need few of them."""


def _read(reading: Reading, recognisers: Sequence[Callable[[Reading], Condition | None]]) -> None:
    for recognise in recognisers:
        if not reading.text.has(_HINTS.get(recognise.__name__, "")):
            continue
        while (condition := recognise(reading)) is not None:
            reading.conditions.append(condition)


# -- thresholds ----------------------------------------------------------------------------------------------------------


def _comparisons(reading: Reading) -> Condition | None:
    take = reading.text.take
    nouns = rf"(?P<noun>{ANY_MEASURE}|other posts?|(?:other )?posts?)"
    if m := take(rf"\b(?:{_VERB} )?(?:(?P<unit>{ANY_MEASURE}) )?between {NUMBER} and {NUMBER} (?:{nouns})(?: long)?\b"):
        low, high = sorted(re.findall(r"\b\d+\b", m[0]), key=float)[:2]
        measure = _threshold_measure(m["noun"], m[0])
        if measure is None:
            return None
        return Condition(f"{measure.sql} BETWEEN {low} AND {high}", f"with {low} to {high} {_named(measure)}")
    for comparison, operator in _COMPARISONS:
        pattern = rf"\b(?:(?:that |which )?(?:are|is|were|was) )?(?:{_VERB} )?(?:{comparison})(?: other)? (?!posts? (?:per|each))(?P<noun>{ANY_MEASURE}|posts?)(?: long| in length| or (?:more|fewer|less)| at (?:least|most))?(?= )"
        for m in finditer(pattern, reading.left):
            measure = _threshold_measure(m["noun"], m[0])
            if measure is None:
                continue
            value = number(next(group for group in m.groups() if group and fullmatch(NUMBER, group)))
            reading.text.left = reading.left.replace(m[0], " · ", 1)
            return Condition(f"{measure.sql} {operator} {value}", f"with {_OPERATORS[operator]} {value} {_named(measure)}")
    return _average(reading) or _against_post(reading)


_OPERATORS = {">": "more than", ">=": "at least", "<": "fewer than", "<=": "at most", "=": "exactly"}


def _threshold_measure(noun: str, phrase: str) -> Measure | None:
    """The measure of a threshold; posts are one when the verb is to link."""
    if fullmatch(r"(?:other )?posts?", noun.strip()):
        return LINKS_OUT if search(r"\b(?:link|cit|refer)", phrase) else None
    return measure_called(noun)


def _named(measure: Measure) -> str:
    return measure.name.replace("_", " ")


def _average(reading: Reading) -> Condition | None:
    m = reading.text.take(
        rf"\b(?:(?:are|is|were|that are) )?(?P<how>longer|shorter) than (?:the )?(?P<stat>average|mean|median|typical)(?: {POST_NOUN}| length)?(?= )"
        rf"|\b(?:{_VERB} )?(?P<more>more|fewer|less) (?P<noun>{ANY_MEASURE}) than (?:the )?(?P<stat2>average|mean|median)(?: {POST_NOUN})?(?= )"
        rf"|\b(?:{_VERB} )?(?P<more3>more|fewer|less) than (?:the )?(?P<stat3>average|mean|median) (?:number|count|amount) of (?P<noun3>{ANY_MEASURE})(?= )"
        rf"|\b(?P<side>above|below)[- ](?:the )?average (?:number of )?(?P<noun2>{ANY_MEASURE})(?= )"
    )
    if m is None:
        return None
    measure = measure_called(m["noun"] or m["noun2"] or m["noun3"] or "words") or WORDS
    operator = ">" if (m["how"] or m["more"] or m["more3"] or m["side"]) in ("longer", "more", "above") else "<"
    function = "median" if "median" in m[0] else "avg"
    return Condition(
        f"{measure.sql} {operator} (SELECT {function}({measure.sql}) FROM posts p)",
        f"with {'more' if operator == '>' else 'fewer'} {_named(measure)} than the {'median' if function == 'median' else 'average'} post",
    )


def _against_post(reading: Reading) -> Condition | None:
    if reading.text.has(rf"\b(?:{POST}.*) (?:longer|shorter|more|fewer|older|newer) .*{POST}"):
        return None
    m = reading.text.take(
        rf"\b(?:(?:that )?(?:are|is|were|was) )?(?P<how>longer|shorter) than {POST}(?= )|\b(?:{_VERB} )?(?P<more>more|fewer|less) (?P<noun>{ANY_MEASURE}) than {POST}(?: has| does)?(?= )"
        rf"|\b(?:{_VERB} )?the same number of (?P<same>{ANY_MEASURE}) as {POST}(?= )"
    )
    if m is None:
        return None
    post = reading.posts[int(next(g for g in m.groups() if g and g.isdigit()))]
    measure = measure_called(m["noun"] or m["same"] or "words") or WORDS
    operator = "=" if m["same"] else ">" if (m["how"] or m["more"]) in ("longer", "more") else "<"
    value = measure.sql.replace("p.", "o.")
    return Condition(
        f"{measure.sql} {operator} (SELECT {value} FROM posts o WHERE o.slug = {post.slug}) AND p.slug <> {post.slug}",
        f"with {'as many' if m['same'] else 'more' if operator == '>' else 'fewer'} {_named(measure)} {'as' if m['same'] else 'than'} {post.spoken}",
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
    return Condition(f"({first} {'OR' if either else 'AND'} {second})", words if words.startswith("with") else f"that {words}")


def _presence(reading: Reading) -> Condition | None:
    """ "without footnotes", "with code": none or some of a thing that is counted."""
    if (several := _several_present(reading)) is not None:
        return several
    if m := reading.text.take(rf"\b(?:(?:that|which|who) )?{_NONE} (?P<noun>{ANY_MEASURE})(?: at all| in (?:it|them))?(?= )"):
        measure = measure_called(m["noun"])
        return Condition(f"{measure.sql} = 0", f"without {_named(measure)}") if measure else None
    if m := reading.text.take(r"\buntagged\b"):
        return Condition("NOT EXISTS (SELECT 1 FROM topics x WHERE x.slug = p.slug)", "without tags")
    counting = r"(?<!many )(?<!most )(?<!fewest )(?<!number )(?<!count )"
    if m := reading.text.take(rf"(?:(?:,|and|or|·|but) )+no (?P<noun>{ANY_MEASURE})(?= )"):
        measure = measure_called(m["noun"])
        return Condition(f"{measure.sql} = 0", f"without {_named(measure)}") if measure else None
    verbs = r"(?:that |which )?(?:with|have|has|having|contain(?:s|ing)?|includ(?:e|es|ing)|use|uses|using|featur(?:e|es|ing))"
    m = reading.text.take(
        rf"\b{verbs} (?:(?:any|some|at least one|at least a|a|an|actual) )?{counting}(?P<noun>{ANY_MEASURE})(?: in (?:it|them)| at all)?(?= (?!there|p§|than|per|of ))"
    )
    if m is None:
        return None
    measure = measure_called(m["noun"])
    return Condition(f"{measure.sql} > 0", f"with {_named(measure)}") if measure else None


# -- tags ----------------------------------------------------------------------------------------------------------------


def _tags(reading: Reading) -> Condition | None:
    known = reading.vocabulary.tag_names
    one = "|".join(re.escape(name) for name in sorted([*known, "mathjax"], key=len, reverse=True))
    join = r" ?(?:,? ?(?:and|or|but|nor|/|&|\+|,)) (?:(?:also|both|either) )?(?:(?:not|without|tagged) )*(?:the )?(?:tag )?"
    several = rf"(?:{one}|q§\d+)(?:{join}(?:{one}|q§\d+)(?!\w))*"
    negation = r"(?P<not>(?:(?:is|are|was|were|do|does|has|have|did)? ?(?:not|never|but not|and not)|un) ?(?:been |be |have |has |carry |use )?|(?:without|lacking|except(?: for)?|excluding|outside|other than|leaving out|ignoring|minus|that lack) )?"
    for pattern in (
        rf"{negation}(?:that |which )?(?:(?:is|are|was|were|have been|has been|being|got) )?(?:also )?\b(?:tagged|labell?ed|categori[sz]ed|filed)(?P<neither>(?: (?:as|with|under|both|either|neither|only|the|tag|tags|in))*) (?P<tags>{several})(?: tags?)?(?!\S)",
        rf"{negation}\b(?:that |which )?(?:with|have|has|having|had|carry|carries|carrying|use|uses|using|under|in|bear(?:ing)?|share|sharing|got) (?:both |either |neither )?(?:of )?(?:the |a )?(?P<tags>{several}) (?:tags?|categor(?:y|ies))(?!\S)",
        rf"{negation}(?:\b(?:that |which )?(?:with|have|has|having|had|carry|carries|carrying|use|uses|using|under|in|bear(?:ing)?|for|of|share|sharing) )?(?:both |either )?(?:the |any of the )?(?:tags?|categor(?:y|ies)) (?P<tags>{several})(?!\S)",
        rf"{negation}(?:the )?(?P<tags>{several}) tags?(?!\S)",
        rf"(?<!\S)(?P<not>non[- ])?(?P<tags>{several})(?= (?:posts?|articles?|ones?|notebooks?|entries|pieces)(?!\S))",
        r"(?P<not>(?:not|without|un) ?)?(?:is |are |was |were |have been )?\b(?:tagged|labell?ed)(?: (?:as|with|under|the tag))* (?P<unknown>(?:(?!(?:and|or|in|by|but|since|after|before|per|each|both|only)\b)[\w&'+.-]+ ){1,4}?)" + _END,
    ):
        if m := reading.text.take(pattern):
            return _tag_condition(reading, m)
    return None


def _tag_condition(reading: Reading, match: re.Match[str]) -> Condition:
    groups = match.groupdict()
    outer = bool((groups.get("not") or "").strip()) or "neither" in (groups.get("neither") or "")
    phrase = groups.get("tags") or ""
    names = [groups["unknown"].strip()] if groups.get("unknown") else _tag_list(reading, phrase)
    either = bool(search(r" (?:or|nor|/) ", phrase))
    parts, words = [], []
    for name in names:
        bare = re.sub(r"^(?:not|without) ", "", name)
        tag = _tag(reading, bare)
        has = f"EXISTS (SELECT 1 FROM tags x WHERE x.slug = p.slug AND lower(x.tag) = {literal(tag.lower())})"
        parts.append(f"NOT {has}" if bare != name else has)
        words.append(f"not {tag}" if bare != name else tag)
    joined = (" OR " if either else " AND ").join(parts)
    condition = Condition(f"({joined})" if len(parts) > 1 else joined, "tagged " + (" or " if either else " and ").join(words))
    return condition.negated() if outer else condition


def _tag_list(reading: Reading, phrase: str) -> list[str]:
    """The tags of a list, "not" before those to leave out."""
    known = "|".join(re.escape(name) for name in sorted([*reading.vocabulary.tag_names, "mathjax"], key=len, reverse=True))
    found = finditer(rf"(?<![\w-])((?:not|without) (?:tagged )?(?:the )?)?({known}|q§\d+)(?![\w-])", phrase)
    return [("not " if match[1] else "") + match[2] for match in found]


def _tag(reading: Reading, name: str) -> str:
    """The tag as written; an unknown one as asked, with the nearest in a note, or the one it misspells."""
    if quoted := fullmatch(QUOTED, name):
        name = reading.text.quotes[int(quoted[1])].lower()
    known = reading.vocabulary.tag_names
    if name in known:
        return known[name]
    if name == "mathjax":
        return name
    if close := difflib.get_close_matches(name, known, n=1, cutoff=0.84):
        return known[close[0]]
    near = [known[other] for other in known if name in other or other in name.split()] or [
        known[other] for other in difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    ]
    closest = f"; the closest are {', '.join(dict.fromkeys(near[:4]))}" if near else ""
    reading.notes.append(f"No tag is called {name}{closest}.")
    return name


# -- titles, headings, texts ---------------------------------------------------------------------------------------------

_SIGNS = {"colon": ":", "question mark": "?", "comma": ",", "hyphen": "-", "dash": "-", "ampersand": "&", "parenthes[ie]s": "(", "brackets?": "("}
_WORDS = rf"(?:either |both )?(?:the )?(?:exact )?(?:words?|terms?|phrases?|letters?|substrings?|strings?)?(?: either| both)? ?(?:{QUOTED}(?: (?:or|and) (?:the word )?q§\d+)*|((?:(?!in the |in (?:its|their) )[\w&'+/.-]+ ){{1,5}}?){_END})"


def _titles(reading: Reading) -> Condition | None:
    text = reading.text
    where_title = r"in (?:the|their|its|his|a) (?:post )?(?:titles?|names?|headlines?)"
    signs = "|".join(_SIGNS)
    if m := text.take(rf"\b(?:titles? )?(?:that )?(?P<where>start|begin|end)(?:s|ing|ning)? (?:with|in) (?:a |an )?(?P<sign>{signs})(?= )"):
        sign = next(sign for name, sign in _SIGNS.items() if fullmatch(name, m["sign"]))
        function = "ends_with" if m["where"] == "end" else "starts_with"
        return Condition(f"{function}(p.title, {literal(sign)})", f"with a title that {m['where']}s with {sign}")
    for name, sign in _SIGNS.items():
        if m := text.take(rf"(?P<not>\b(?:without|no|not|do not have|lacking)\b )?(?:\b(?:with|have|has|having|contain(?:s|ing)?|includ(?:e|es|ing)|whose titles? (?:has|contains?|includes?)) )?(?:a |an )?{name} {where_title}|\b(?:whose )?titles? (?:that )?(?:with|contain(?:s|ing)?|have|has|having|includ(?:e|es|ing))(?P<not2> no)? (?:a |an )?{name}(?= )"):
            found = Condition(f"contains(p.title, {literal(sign)})", f"with a {name.split('[')[0]} in the title")
            return found.negated() if m["not"] or m["not2"] else found
    if m := text.take(rf"\b(?:with |have |has |containing )?(?:a |any )?(?:numbers?|digits?) {where_title}|\btitles? (?:with|containing|that contain) (?:a |any )?(?:numbers?|digits?)(?= )"):
        return Condition(r"regexp_matches(p.title, '\d')", "with a digit in the title")
    if m := text.take(rf"\b(?P<not>(?:do|does|did) not |without |not |never )?(?:(?:that|which) )?(?:with|have|has|having|contain(?:s|ing)?|mention(?:s|ing)?|includ(?:e|es|ing)|use|uses|using|hav(?:e|ing))? ?{_WORDS} ?(?:anywhere )?{where_title}(?= )"):
        return _title_condition(reading, m, m[2], m[3], "contain")
    if m := text.take(rf"\b(?:(?:posts |articles )?(?:whose|where the|with an?|with) )?(?:post )?(?:titles?|names?) (?:that |which )?(?P<not>(?:do|does|did) not |not )?(?:(?P<where>start(?:s|ing)?|begin(?:s|ning)?|end(?:s|ing)?) (?:with|in|on)|contain(?:s|ing)?|includ(?:e|es|ing)|mention(?:s|ing)?|having|have|has|with) {_WORDS}(?= |$)"):
        return _title_condition(reading, m, m[3], m[4], (m["where"] or "contain")[:3])
    if m := text.take(rf"\b(?:that )?(?P<where>start(?:s|ing)?|begin(?:s|ning)?|end(?:s|ing)?) with {_WORDS}(?= |$)"):
        return _title_condition(reading, m, m[2], m[3], m["where"][:3])
    return None


def _title_condition(reading: Reading, match: re.Match[str], quoted: str | None, bare: str | None, where: str) -> Condition:
    quotes = [reading.text.quotes[int(index)] for index in re.findall(QUOTED, match[0])]
    options = quotes if quoted else re.split(r" or ", (bare or "").strip())
    join = " AND " if " and " in match[0] and quoted else " OR "
    words = join.lower().strip().join(f" {option} " for option in options).strip() if len(options) > 1 else options[0]
    conditions = []
    for option in options:
        text = literal(option.lower())
        conditions.append(
            f"starts_with(lower(p.title), {text})" if where in ("sta", "beg") else f"ends_with(lower(p.title), {text})" if where == "end" else f"contains(lower(p.title), {text})"
        )
    how = {"sta": "starting with", "beg": "starting with", "end": "ending in"}.get(where, "containing")
    sql = join.join(conditions)
    found = Condition(f"({sql})" if len(conditions) > 1 else sql, f'with a title {how} "{words}"')
    return found.negated() if match["not"] else found


def _title_measures(reading: Reading) -> Condition | None:
    unit = r"(?P<unit>words?|characters?|letters?)"
    if m := reading.text.take(rf"\b(?:(?P<one>single)|{NUMBER})[- ]{unit}[- ](?:long )?titles?(?= )|\btitles? (?:that (?:are|is|have|has) |with |of |(?:is|are) )?(?:only |just |exactly )?(?:a single|{NUMBER}) (?P<unit2>words?|characters?|letters?)(?: long)?(?= )"):
        measure = TITLE_WORDS if "word" in (m["unit"] or m["unit2"]) else TITLE_LENGTH
        value = number(m[2] or m[4] or "1")
        return Condition(f"{measure.sql} = {value}", f"with {value} {'word' if measure is TITLE_WORDS else 'characters'}{'s' if value != '1' and measure is TITLE_WORDS else ''} in the title")
    for comparison, operator in _COMPARISONS:
        for pattern in (
            rf"\b(?:with |whose |that have |have )?(?:a |an )?titles? (?:that |which )?(?:(?:is|are|have|has|with|of|run to) )?(?:{comparison}) ?{unit}(?: long| or (?:fewer|less|more))?(?= )",
            rf"\b(?:{_VERB} )?(?:{comparison}) {unit} in (?:the|its|their|his) titles?(?= )",
        ):
            if m := reading.text.take(pattern):
                measure = TITLE_WORDS if "word" in m["unit"] else TITLE_LENGTH
                value = number(next(group for group in m.groups() if group and fullmatch(NUMBER, group)))
                return Condition(f"{measure.sql} {operator} {value}", f"with {_OPERATORS[operator]} {value} {m['unit']} in the title")
    return None


def _mentions(reading: Reading) -> Condition | None:
    """Words in the text of a post: quoted ones, or any in a question of how many."""
    counted = reading.text.has(r"\bhow many\b|\bnumber of\b|\bcount\b|^ ·")
    bare = r"|((?:[\w&'+/.-]+ ){1,4}?)" if counted else ""
    m = reading.text.take(
        rf"\b(?P<not>(?:do|does|did) not |never )?(?:mention(?:s|ed|ing)?|contain(?:s|ing)? the (?:words?|phrase|term)|use the (?:words?|phrase|term)|with the (?:words?|phrase|term)) (?:the (?:words?|phrase|term) )?(?:{QUOTED}{bare})(?: (?:anywhere|in (?:the|their|its) (?:text|body)))?{_END if counted else '(?= )'}(?! in (?:the|their|its) titles?)"
    )
    if m is None:
        return None
    words = reading.text.quotes[int(m[2])] if m[2] else m[3].strip()
    sql = f"EXISTS (SELECT 1 FROM sections x WHERE x.slug = p.slug AND regexp_matches(x.heading || ' ' || x.text, {pattern_literal(words)}))"
    found = Condition(sql, f'mentioning "{words}"')
    return found.negated() if m["not"] else found


def _sections(reading: Reading) -> Condition | None:
    """Posts with a section of a given heading."""
    m = reading.text.take(
        rf"\b(?P<not>(?:do|does|did) not |without |no )?(?:(?:with|have|has|having|contain(?:s|ing)?|includ(?:e|es|ing)) )?(?:an? |any )?(?:sections?|headings?|(?:{QUOTED}) section) (?:(?:that is )?(?:called|named|titled|headed|entitled|on|about) )?(?:{QUOTED}|((?:[\w&'+/.-]+ ){{1,4}}?)){_END}"
        if reading.text.has(r"\bsections? (?:called|named|titled|headed|entitled) |sections? q§")
        else rf"\b(?P<not>(?:do|does|did) not |without |no )?(?:(?:with|have|has|having|contain(?:s|ing)?|includ(?:e|es|ing)) )?(?:an? )?(?:{QUOTED}|(?:(references|further reading|conclusions?|introduction|background|experiments?|appendix|motivation|summary|discussion|results|overview|implementation)())) (?:section|heading)(?= )"
    )
    if m is None:
        return None
    quoted = m[2] or (m[3] if m[3] and m[3].isdigit() else None)
    words = reading.text.quotes[int(quoted)] if quoted else next(g for g in (m[3], m[4]) if g).strip()
    sql = f"EXISTS (SELECT 1 FROM sections x WHERE x.slug = p.slug AND contains(lower(x.heading), {literal(words.lower())}))"
    found = Condition(sql, f'with a section "{words}"')
    return found.negated() if m["not"] else found


# -- links ---------------------------------------------------------------------------------------------------------------

LINK = r"(?:link(?:s|ed|ing)?(?: (?:back|out|directly|over))?|cit(?:e|es|ed|ing)|refer(?:s|red|ring|ence|ences|enced|encing)?(?: back)?|point(?:s|ed|ing)?(?: back)?)"
_NEGATED = r"(?P<not>(?:do|does|did|is|are|was|were) not (?:ever )?|never |without |not )?"


def _links(reading: Reading) -> Condition | None:
    text = reading.text
    if m := text.take(rf"\b{_NEGATED}(?:that |which )?(?:(?:are|is|were|was|get|gets|been) )*{LINK}(?: (?:to|at))? (?:by|from|in) {POST}(?= )|\b(?:that |which |(?:does|do|did) )?{POST} (?:(?:does|do|did|is|that|article|post) )?{LINK}(?: (?:to|at|out))*(?= )(?! {POST})"):
        post = reading.posts[int(m[2] or m[3])]
        found = Condition(f"p.slug IN (SELECT k.target_slug FROM post_links k WHERE k.slug = {post.slug})", f"that {post.spoken} links to")
        return found.negated() if m["not"] else found
    if m := text.take(rf"\b{_NEGATED}(?:that |which |with |have |has |contain |containing )?(?:a |any )?{LINK} (?:(?:to|at|back) )*(?:both )?(?:the )?{POST}(?P<and> (?:and|or) {POST})?(?= )"):
        posts = [reading.posts[int(index)] for index in re.findall(POST, m[0])]
        joined = (" OR " if " or " in (m["and"] or "") else " AND ").join(
            f"p.slug IN (SELECT k.slug FROM post_links k WHERE k.target_slug = {post.slug})" for post in posts
        )
        found = Condition(f"({joined})", f"linking to {'both posts' if len(posts) > 1 else 'that post'}")
        return found.negated() if m["not"] else found
    if m := text.take(rf"\b(?:(?:are|is|were) )?(?:not|never) {LINK}(?: to)? (?:by|from) (?:any(?: of (?:the|his))?(?: other)?|other) {POST_NOUN}(?= )|\b(?:that )?(?:nobody|nothing|no one|none) {LINK}(?: (?:to|back))*(?= )|\b(?:that )?no (?:other )?{POST_NOUN} (?:ever )?{LINK}(?: (?:to|back))*(?: (?:it|them))?(?= )|\bwith(?:out| no) (?:any )?(?:incoming|inbound) links?(?= )"):
        return Condition(f"{LINKS_IN.sql} = 0", "that no other post links to")
    if text.take(rf"\bneither {LINK} to (?:any )?(?:other {POST_NOUN} )?(?:nor|or) (?:(?:are|is) )?{LINK}(?: to)? (?:by|from|in) (?:any )?other {POST_NOUN}(?= )"):
        return Condition(f"({LINKS_OUT.sql} = 0 AND {LINKS_IN.sql} = 0)", "that neither link to another nor are linked from one")
    if m := text.take(rf"\b(?:do|does|did)? ?(?:not|never) {LINK} to (?:any(?: of (?:the|his))?(?: other)?|other) {POST_NOUN}(?: on (?:the|this|his) blog)?(?= )|\b{LINK} to no (?:other )?{POST_NOUN}(?= )|\bwith(?:out| no) (?:any )?(?:internal|outgoing internal) links?(?= )"):
        return Condition(f"{LINKS_OUT.sql} = 0", "that link to no other post")
    if m := text.take(rf"\b(?:(?:that )?(?:are|is|were) )?{LINK}(?: to)? (?:by|from|in) (?P<how>at least|more than|exactly|only|fewer than|less than|at most|over)? ?{NUMBER} (?:or more )?(?:other )?{POST_NOUN}(?= )"):
        operator = {"more than": ">", "over": ">", "exactly": "=", "only": "=", "fewer than": "<", "less than": "<", "at most": "<="}.get(m["how"] or "", ">=" if m["how"] or "or more" in m[0] else "=")
        return Condition(f"{LINKS_IN.sql} {operator} {number(m[2])}", f"that {m['how'] or 'exactly'} {number(m[2])} posts link to")
    if m := text.take(rf"\b{LINK} to (?:any |an? )?other {POST_NOUN}(?: on (?:the|this|his) blog)?(?= )(?!.*\bmost\b)"):
        return Condition(f"{LINKS_OUT.sql} > 0", "that link to another post")
    return _host(reading)


def host_condition(reading: Reading, name: str) -> str | None:
    """A condition over `links k` for a host named loosely ("wikipedia", "arxiv.org"), None when no post links there."""
    name = name.strip().removeprefix("the ").removesuffix(" site")
    if fullmatch(QUOTED, name):
        name = reading.text.quotes[int(name[2:])].lower()
    squashed = name.replace(" ", "")
    if not any(f".{squashed}." in f".{host}." for host in reading.vocabulary.hosts):
        return None
    return f"contains('.' || k.host || '.', {literal(f'.{squashed}.')})"


def _host(reading: Reading) -> Condition | None:
    m = search(rf" {_NEGATED}(?:that |which |with |have |has |contain(?:s|ing)? )?(?:a |an |any |at least one )?{LINK}(?: out)? (?:to )?((?:(?!p§)[\w.'§-]+ ){{1,3}}?){_END}", reading.left)
    if m is None or search(r"how many (?:times )?$|number of $|most $", reading.left[: m.start() + 1]):
        return None
    condition = host_condition(reading, m[2])
    if condition is None:
        return None
    reading.text.left = reading.left.replace(m[0], " · ", 1)
    found = Condition(f"EXISTS (SELECT 1 FROM links k WHERE k.slug = p.slug AND {condition})", f"linking to {m[2].strip()}")
    return found.negated() if m["not"] else found


# -- kinds and neighbours ------------------------------------------------------------------------------------------------


def _kinds(reading: Reading) -> Condition | None:
    text = reading.text
    if m := text.take(r"\b(?P<not>(?:is|are|was|were|do|does) not |not )?(?:(?:that |which )?(?:are|is|were|was) )?(?:(?:written|published|made|built|posted|rendered) )?(?:as |from |in )(?:an? )?(?:jupyter |ipython |python )?notebooks?(?= )|\b(?P<not2>non-)?(?:jupyter|ipython) notebooks?(?= )|\b(?:that |which )?(?:are|is|were|was) (?P<not3>not )?(?:an? )?(?:jupyter |ipython )?notebooks?(?= )|\bnotebooks?(?= )(?! (?:post|tag))"):
        found = Condition("p.source_kind = 'ipynb'", "that are notebooks")
        return found.negated() if any(m[name] for name in ("not", "not2", "not3")) else found
    if m := text.take(r"\b(?P<not>(?:do|does) not |without |no )?(?:(?:with|have|has|having|contain(?:s|ing)?|includ(?:e|es|ing)|use|uses|using|any|some) )*(?P<language>python|java|javascript|scheme|lisp|sql|bash|java|rust|c|c\+\+|r|matlab|julia|haskell) (?:code|snippets?|code blocks?)(?= )"):
        found = Condition(f"EXISTS (SELECT 1 FROM code_blocks c WHERE c.slug = p.slug AND lower(c.language) = {literal(m['language'])})", f"with {m['language']} code")
        return found.negated() if m["not"] else found
    return None


def _beside_posts(reading: Reading) -> Condition | None:
    """Before, after or between posts named, or in their year."""
    text = reading.text
    date_of: Callable[[str], str] = lambda slug: f"(SELECT o.published FROM posts o WHERE o.slug = {slug})"  # noqa: E731
    if m := text.take(rf"\b(?:published |posted |came |come |written |that (?:appeared|came) )?(?:in )?between {POST} and {POST}(?= )"):
        one, two = reading.post(m, 1), reading.post(m, 2)
        low, high = (f"{function}({date_of(one.slug)}, {date_of(two.slug)})" for function in ("least", "greatest"))
        return Condition(f"p.published > {low} AND p.published < {high}", "between the two posts")
    if m := text.take(rf"\b(?:(?:published |posted |came |come |written |appeared |out )*)(?P<side>before|after|since|prior to|earlier than|later than|older than|newer than|more recent than|following|preceding) {POST}(?: (?:came out|was published|appeared))?(?= )"):
        post = reading.post(m, 2)
        before = m["side"] in ("before", "prior to", "earlier than", "older than", "preceding")
        return Condition(f"p.published {'<' if before else '>'} {date_of(post.slug)}", f"{'before' if before else 'after'} {post.spoken}")
    if m := text.take(rf"\b(?:(?:in|during|from) )?the same (?P<what>year|month|weekday|day of the week) as {POST}(?= )"):
        post = reading.post(m, 2)
        part = {"year": "year({})", "month": "strftime({}, '%Y-%m')"}.get(m["what"], "isodow({})")
        return Condition(
            f"{part.format('p.published')} = {part.format(date_of(post.slug))} AND p.slug <> {post.slug}", f"in the {m['what']} of {post.spoken}"
        )
    return _shared_tags(reading)


def _shared_tags(reading: Reading) -> Condition | None:
    m = reading.text.take(rf"\b(?:that )?(?:share|shares|sharing|have|has|with) (?:a|any|at least one|the same|some|one or more|tags?)(?: of the)?(?: same)?(?: tags?)? (?:with|as|in common with) {POST}(?= )")
    if m is None:
        return None
    post = reading.post(m)
    return Condition(
        f"p.slug <> {post.slug} AND EXISTS (SELECT 1 FROM topics x JOIN topics o ON o.tag = x.tag WHERE x.slug = p.slug AND o.slug = {post.slug})",
        f"sharing a tag with {post.spoken}",
    )


def topic(reading: Reading) -> Condition | None:
    """ "on entropy", "about Bayesian methods", "the entropy posts": words of a tag or title."""
    for pattern in (
        rf"\b(?:on|about|concerning|regarding|covering|dealing with|related to|to do with|involving) (?:the (?:topic|subject) of |the )?((?:(?!(?:the|in|and|or|argue|say|published|from|since|before|after|his|this|a|average|that|by|blog)\b)[\w&'§+-]+ ){{1,4}}?){_END}",
        r"(?<!\S)(?!(?:most|more|the|all|any|his|how|many|which|what|of|list|longest|shortest|newest|oldest|first|last|other|top|fewest|blog)\b)((?:[\w&'+-]+ ){1,3}?)(?=(?:posts?|articles?|ones|notebooks|entries)(?!\S))",
    ):
        for m in finditer(pattern, reading.left):
            words = re.sub(r" (?:methods?|models?|techniques?|topics?|theory|stuff|things|algorithms?)$", "", m[1].strip()) or m[1].strip()
            if quoted := fullmatch(QUOTED, words):
                words = reading.text.quotes[int(quoted[1])]
            if reading.vocabulary.speaks_of(m[1].strip()) and "§" not in m[1]:
                words = m[1].strip()
            if not set(words.split()) - NEUTRAL or not reading.vocabulary.speaks_of(words):
                continue
            reading.text.left = reading.left.replace(m[0], " · ", 1)
            like = pattern_literal(re.sub(r"(?<=\w{3})s$", "", words))
            return Condition(
                f"(regexp_matches(p.title, {like}) OR EXISTS (SELECT 1 FROM topics x WHERE x.slug = p.slug AND regexp_matches(x.tag, {like})))",
                f"on {words}",
            )
    return None


