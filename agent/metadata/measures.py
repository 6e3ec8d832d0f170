"""What can be counted of a post and what posts can be grouped by: readers' words for it, and its SQL over `posts p`."""

from __future__ import annotations

from dataclasses import dataclass

from agent.metadata.text import fullmatch

OWN_HOSTS = "(SELECT regexp_extract(url, '^https?://([^/]+)', 1) FROM posts)"
EXTERNAL = f"k.target_slug IS NULL AND k.host <> '' AND k.host NOT IN {OWN_HOSTS}"
"""Links that leave the blog; one without a host is malformed and leads nowhere."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that every post has."""

    name: str
    """Column name, and in words with spaces for underscores."""
    sql: str
    nouns: str
    """Pattern of what readers call it."""


@dataclass(frozen=True, slots=True)
class Group:
    """What posts can be put together by."""

    name: str
    key: str
    nouns: str
    """Pattern of its singular."""
    order: str = ""
    """What to sort by when not by the key itself."""
    source: str = "posts p"
    counted: str = "count(*)"
    """What "most" counts when no measure is named."""
    unit: str = "posts"


WORDS = Measure("words", "p.word_count", r"word[ -]?counts?|words?(?: of prose)?|length|prose")
EQUATIONS = Measure(
    "equations",
    "p.n_equations",
    r"(?:display(?:ed)? |block |numbered )?(?:math )?equations?|display(?:ed)? (?:formulas?|formulae|math)|math blocks?",
)
LINKS_OUT = Measure(
    "posts_it_links_to",
    "(SELECT count(*) FROM post_links k WHERE k.slug = p.slug)",
    r"(?:(?:outgoing|outbound) )?(?:internal|cross|outgoing|outbound)[ -]?(?:links?|references)|(?:out)?links? to (?:his )?(?:other|earlier|own|previous) (?:blog )?posts?",
)
LINKS_IN = Measure(
    "posts_linking_to_it",
    "(SELECT count(*) FROM post_links k WHERE k.target_slug = p.slug)",
    r"(?:incoming|inbound|inward)(?: internal)? (?:links?|references)|back ?links?|in-?links?|links? from other posts?|links? (?:pointing )?to it",
)
TITLE_WORDS = Measure(
    "words_in_title",
    "len(regexp_split_to_array(trim(p.title), '\\s+'))",
    r"words? in (?:the|its|their|his|each|a) titles?|title words?|words? per title",
)
TITLE_LENGTH = Measure(
    "title_length",
    "length(p.title)",
    r"(?:characters?|letters?) in (?:the|its|their|a) titles?|title lengths?|lengths? of (?:the|its|their|a|his)? ?titles?",
)
LANGUAGES = "python javascript java scheme lisp sql bash rust c matlab julia haskell".split()
TAGS = Measure("tags", "(SELECT count(*) FROM topics x WHERE x.slug = p.slug)", r"tags?|categories")
HOSTS = Measure(
    "external_hosts",
    f"(SELECT count(DISTINCT k.host) FROM links k WHERE k.slug = p.slug AND {EXTERNAL})",
    r"(?:external |outside |other )?(?:hosts?|domains?|web ?sites?|sites)",
)
MEASURES = (
    TITLE_WORDS,
    TITLE_LENGTH,
    LINKS_OUT,
    LINKS_IN,
    Measure(
        "external_links",
        f"(SELECT count(*) FROM links k WHERE k.slug = p.slug AND {EXTERNAL})",
        r"(?:external|outside|outward) (?:links?|references|urls?)|links? (?:out )?to (?:other|external|outside) (?:web ?)?(?:sites|pages|hosts)|links? (?:that )?(?:leave|leaving) the blog",
    ),
    Measure("inline_formulas", "p.n_inline_formulas", r"in-?line (?:formulas?|formulae|math|equations?|expressions?)"),
    EQUATIONS,
    Measure("inline_formulas", "p.n_inline_formulas", r"formulas?|formulae"),
    *(
        Measure(
            f"{language}_code_blocks",
            f"(SELECT count(*) FROM code_blocks c WHERE c.slug = p.slug AND lower(c.language) = '{language}')",
            rf"{language} (?:code[ -])?(?:blocks?|snippets?|listings?|cells?|examples?)|(?:blocks?|lines?) of {language}(?: code)?",
        )
        for language in LANGUAGES
    ),
    Measure(
        "code_blocks",
        "p.n_code_blocks",
        r"code[ -](?:blocks?|snippets?|listings?|cells?|examples?)|blocks? of code|(?:code )?snippets?|code",
    ),
    Measure(
        "tables",
        # the row of dashes under a table's head
        "(SELECT coalesce(sum(len(regexp_extract_all(d.markdown, '(?m)^\\s*\\|(?:\\s*:?-{3,}:?\\s*\\|)+\\s*$'))), 0)::INTEGER FROM section_markdown d WHERE d.slug = p.slug)",
        r"tables?(?! (?:tennis|of contents))",
    ),
    Measure(
        "captioned_figures",
        "(SELECT count(*) FROM figures f WHERE f.slug = p.slug AND f.caption <> '')",
        r"(?:captioned (?:images?|figures?|pictures?))|(?:(?:image|figure|picture) )?captions?|(?:images?|figures?|pictures?) with (?:a )?captions?",
    ),
    Measure(
        "bibliography_entries",
        "(SELECT count(*) FROM footnotes f WHERE f.slug = p.slug AND NOT regexp_full_match(f.label, '\\d+'))",
        r"(?:bibliograph(?:y|ical)|reference list) (?:entries|items)|bibliograph(?:y|ies) entries|citations? entries",
    ),
    Measure("images", "p.n_images", r"images?|figures?|pictures?|plots?|diagrams?|illustrations?"),
    Measure("footnotes", "p.n_footnotes", r"foot ?notes?"),
    Measure(
        "subsections",
        "(SELECT count(*) FROM sections s WHERE s.slug = p.slug AND len(s.path) > 1)",
        r"sub-?(?:sections?|headings?|headers?)",
    ),
    Measure(
        "top_sections",
        "(SELECT count(*) FROM top_sections s WHERE s.slug = p.slug AND s.position > 0)",
        r"(?:top[- ]?level|main|major|first-level) (?:sections?|headings?|headers?)",
    ),
    Measure("sections", "p.n_sections", r"sections?|headings?|headers?"),
    TAGS,
    HOSTS,
    Measure("links", "(SELECT count(*) FROM links k WHERE k.slug = p.slug)", r"(?:hyper)?links?"),
    WORDS,
)
PUBLISHED = Measure("published", "p.published", r"dates?")
TITLE = Measure("title", "p.title", r"titles?")

_WEEKDAY = "isodow(p.published)"
_SEASON = "CASE WHEN month(p.published) IN (12, 1, 2) THEN 'winter' WHEN month(p.published) <= 5 THEN 'spring' WHEN month(p.published) <= 8 THEN 'summer' ELSE 'autumn' END"
YEAR = Group("year", "p.year", r"(?:calendar )?years?")
MONTH = Group("month", "monthname(p.published)", r"(?:calendar )?months?(?: of the year)?", "month(p.published)")
YEAR_MONTH = Group(
    "month",
    "strftime(p.published, '%Y-%m')",
    r"(?:single |one |individual )months?|months? (?:and|of which) year|year and month|months? ever",
)
TAG = Group("tag", "t.tag", r"tags?|topics?|categories|subjects?", source="posts p JOIN topics t ON t.slug = p.slug")
HOST = Group(
    "host",
    "k.host",
    r"(?:external |outside |other |third-party )?(?:(?:web ?)?sites?|hosts?|domains?)(?: names?)?",
    source=f"posts p JOIN links k ON k.slug = p.slug AND {EXTERNAL}",
    unit="links",
)
WEEKDAY = Group("weekday", "dayname(p.published)", r"weekdays?|days? of the week|day names?", _WEEKDAY)
GROUPS = (
    WEEKDAY,
    YEAR_MONTH,
    Group("day_of_month", "day(p.published)", r"days? of (?:the|a|any) month"),
    MONTH,
    Group("quarter", "'Q' || quarter(p.published)", r"quarters?(?: of the year)?"),
    Group("season", _SEASON, r"seasons?(?: of the year)?"),
    YEAR,
    TAG,
    HOST,
    Group("author", "p.author", r"authors?|writers?"),
    Group(
        "language",
        "c.language",
        r"(?:programming |code )?languages?",
        source="posts p JOIN code_blocks c ON c.slug = p.slug AND c.language <> ''",
        unit="code blocks",
    ),
    Group(
        "heading",
        "s.heading",
        r"section (?:names?|titles?|headings?)|headings?|section headers?",
        source="posts p JOIN sections s ON s.slug = p.slug AND s.position > 0",
        counted="count(DISTINCT p.slug)",
    ),
)
ANY_MEASURE = "|".join(measure.nouns for measure in MEASURES)


def measure_called(noun: str) -> Measure | None:
    """The measure a noun phrase stands for, None when it is none."""
    return next((measure for measure in MEASURES if fullmatch(measure.nouns, noun.strip())), None)
