"""Which sentences of the evidence are said, and in which order."""

from __future__ import annotations

from agent.answer import Evidence
from agent.extract import choose
from agent.lexicon import Vocabulary
from tools.blog import BlogTools

QUESTION = "Why does the leapfrog integrator preserve volume?"


def said(synced: BlogTools, text: str) -> list[str]:
    passage = Evidence("notes", "Notes", "http://tiny.example/notes/", "Steps", "", text)
    return [one.sentence.text for one in choose(QUESTION, [passage], Vocabulary(synced.snapshots.current()))]


def test_what_brings_something_new_goes_before_the_same_in_another_order(synced: BlogTools) -> None:
    """Each sentence has some 40 words, so that two are said; numbers, so that all mean the same."""
    some, others = (" ".join(map(str, range(start, start + 36))) for start in (300, 700))
    first = f"The leapfrog integrator does preserve volume because of {some}."
    again = f"Because of {some} does the leapfrog integrator preserve volume."
    news = f"Because of {others} does the leapfrog integrator preserve volume."
    assert set(said(synced, f"{first} {again} {news}")) == {first, news}


def test_the_best_sentence_leads_and_the_others_keep_the_order_of_the_post(synced: BlogTools) -> None:
    early = "The leapfrog integrator takes its steps in pairs."
    other = "Paper maps are folded twice before a walk."
    later = "A volume is what it should preserve."
    best = "The leapfrog integrator preserves volume because each of its shears does."
    assert said(synced, f"{early} {other} {later} {other} {best}") == [best, early, later]


def test_a_sentence_that_points_back_does_not_lead(synced: BlogTools) -> None:
    early = "The leapfrog integrator takes its steps in pairs."
    other = "Paper maps are folded twice before a walk."
    best = "This is why the leapfrog integrator does preserve volume because each shear does."
    assert said(synced, f"{early} {other} {best}") == [early, best]
