"""How the full-text index of a snapshot is laid out, and how its text becomes terms."""

from __future__ import annotations

from datetime import date

import tantivy

TEXT_FIELDS = ("body", "title", "heading", "tag_words")
"""What is searched for words, folded and stemmed."""
_ENGLISH = "english"
_PLAIN = "plain"


def english_analyzer() -> tantivy.TextAnalyzer:
    """Text to terms, folded and stemmed."""
    return _text_analyzer(tantivy.Filter.stemmer("english"))


def plain_analyzer() -> tantivy.TextAnalyzer:
    """Text to words, folded only; as many as there are terms."""
    return _text_analyzer()


def _text_analyzer(*filters: tantivy.Filter) -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for word_filter in (tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold(), *filters):
        builder = builder.filter(word_filter)
    return builder.build()


def with_analyzers(index: tantivy.Index) -> tantivy.Index:
    """The index, able to read and write the fields of `index_schema`."""
    index.register_tokenizer(_ENGLISH, english_analyzer())
    index.register_tokenizer(_PLAIN, plain_analyzer())
    index.register_tokenizer("symbols", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index


def index_schema() -> tantivy.Schema:
    """One layout for sections and for whole posts."""
    builder = tantivy.SchemaBuilder()
    for name in TEXT_FIELDS:
        builder.add_text_field(name, stored=False, tokenizer_name=_ENGLISH)
    builder.add_text_field("plain", stored=False, tokenizer_name=_PLAIN, index_option="freq")
    builder.add_text_field("formula", stored=False, tokenizer_name="symbols", index_option="freq")
    builder.add_text_field("tag", stored=False, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("day", stored=False, indexed=True)
    builder.add_integer_field("post", stored=False, indexed=True, fast=True)
    builder.add_integer_field("number", stored=False, indexed=True, fast=True)
    return builder.build()


def day_number(day: date) -> int:
    """A day as the number its digits spell: in order, as an index wants it."""
    return day.year * 10_000 + day.month * 100 + day.day
