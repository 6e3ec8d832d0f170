"""Metadata questions in plain words, answered over the catalogue's facts; what asks for prose is left to search."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from agent.lexicon import Vocabulary
from agent.metadata.followups import conversation
from agent.metadata.outcome import MetadataQuestion
from agent.metadata.questions import understand
from tools.blog import BlogTools


@pytest.fixture(scope="module")
def vocabulary(catalogue: BlogTools) -> Vocabulary:
    return Vocabulary(catalogue.snapshots.current())


def rows(blog: BlogTools, vocabulary: Vocabulary, question: str) -> list[list[Any]]:
    understood = understand(question, vocabulary)
    assert isinstance(understood, MetadataQuestion), question
    return blog.query_metadata(understood.sql).rows


def facts(blog: BlogTools, sql: str) -> list[list[Any]]:
    """The rows of plainer SQL, written for the test."""
    return blog.query_metadata(sql).rows


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        ("How many posts are there?", "SELECT count(*) FROM posts"),
        ("How many articles came out in 2016?", "SELECT count(*) FROM posts WHERE year(published) = 2016"),
        (
            "How many posts have the MCMC tag or the Bayesian tag (or both)?",
            "SELECT count(DISTINCT slug) FROM tags WHERE tag IN ('MCMC', 'Bayesian')",
        ),
        (
            "How many posts have MCMC and Bayesian as tags at the same time?",
            "SELECT count(*) FROM posts WHERE (SELECT count(*) FROM tags t WHERE t.slug = posts.slug"
            " AND tag IN ('MCMC', 'Bayesian')) = 2",
        ),
        ("How many posts in March, all years together?", "SELECT count(*) FROM posts WHERE month(published) = 3"),
        (
            "How many posts have at least one link to arXiv?",
            "SELECT count(DISTINCT slug) FROM links WHERE host ILIKE '%arxiv%'",
        ),
        ("How many times did he publish on a Saturday?", "SELECT count(*) FROM posts WHERE isodow(published) = 6"),
        ("What was the shortest time between two posts, in days?", "SELECT min(days_since_prev) FROM neighbours"),
        (
            "Which tag gets used the most, not counting mathjax?",
            "SELECT tag FROM topics GROUP BY tag ORDER BY count(*) DESC LIMIT 1",
        ),
        (
            "What post gets the most links from his other posts?",
            "SELECT title FROM posts JOIN post_links ON target_slug = posts.slug GROUP BY title"
            " ORDER BY count(*) DESC LIMIT 1",
        ),
        ("On average, how many equations does a post have?", "SELECT round(avg(n_equations), 1) FROM posts"),
        (
            "Which posts came more than 250 days after the one before?",
            "SELECT title FROM neighbours WHERE days_since_prev > 250 ORDER BY published",
        ),
        (
            "Which two posts came out closest together?",
            "SELECT min(days_since_prev) FROM neighbours",
        ),
        (
            'What subsections are under "Background" in the HMC post?',
            "SELECT heading, level, position FROM sections WHERE slug = 'hamiltonian-monte-carlo'"
            " AND path[1] = 'Background' AND heading <> 'Background' ORDER BY position",
        ),
        (
            'In the HMC post, which section comes right after "Motivation"?',
            "SELECT heading, level, position FROM sections WHERE slug = 'hamiltonian-monte-carlo' AND position ="
            " 1 + (SELECT position FROM sections WHERE slug = 'hamiltonian-monte-carlo' AND heading = 'Motivation')",
        ),
        (
            "How many headings are there in the HMC post, subsections included?",
            "SELECT n_sections FROM posts WHERE slug = 'hamiltonian-monte-carlo'",
        ),
        ("number of posts since 2020", "SELECT count(*) FROM posts WHERE published >= DATE '2020-01-01'"),
        ("how many posts before 2017", "SELECT count(*) FROM posts WHERE published < DATE '2017-01-01'"),
        ("How many posts between 2016 and 2018?", "SELECT count(*) FROM posts WHERE year IN (2016, 2017, 2018)"),
        (
            "How many posts are tagged MCMC or Bayesian?",
            "SELECT count(DISTINCT slug) FROM tags WHERE tag IN ('MCMC', 'Bayesian')",
        ),
        ("how many tags are there", "SELECT count(DISTINCT tag) FROM tags WHERE tag <> 'mathjax'"),
        (
            "How many words does the HMC post have?",
            "SELECT word_count FROM posts WHERE slug = 'hamiltonian-monte-carlo'",
        ),
        ("how many figures are in the PixelCNN post", "SELECT n_images FROM posts WHERE slug = 'pixelcnn'"),
        ("total number of equations on the blog", "SELECT sum(n_equations) FROM posts"),
        ("average word count of posts in 2017", "SELECT round(avg(word_count), 1) FROM posts WHERE year = 2017"),
        ("When was the SHAP post published?", "SELECT published FROM posts WHERE title ILIKE '%SHAP%'"),
        ("which post has the fewest words", "SELECT title FROM posts ORDER BY word_count LIMIT 1"),
        ("newest post", "SELECT title FROM posts ORDER BY published DESC LIMIT 1"),
        (
            "oldest post tagged autoencoders",
            "SELECT title FROM posts JOIN tags USING (slug) WHERE tag = 'autoencoders' ORDER BY published LIMIT 1",
        ),
        (
            'what came right after "Residual Networks"?',
            "SELECT title FROM posts WHERE prev_slug = 'residual-networks'",
        ),
    ],
)
def test_one_value(catalogue: BlogTools, vocabulary: Vocabulary, question: str, sql: str) -> None:
    assert rows(catalogue, vocabulary, question)[0][0] == facts(catalogue, sql)[0][0]


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        ("Which posts did he publish in 2018?", "SELECT title FROM posts WHERE year = 2018"),
        ("what was published in March 2016", "SELECT title FROM posts WHERE strftime(published, '%Y-%m') = '2016-03'"),
        ('Which posts have "entropy" in the title?', "SELECT title FROM posts WHERE contains(lower(title), 'entropy')"),
        ("posts with more than 50 equations", "SELECT title FROM posts WHERE n_equations > 50"),
        ("which posts have no footnotes", "SELECT title FROM posts WHERE n_footnotes = 0"),
        (
            "posts tagged MCMC but not Bayesian",
            "SELECT title FROM posts WHERE slug IN (SELECT slug FROM tags WHERE tag = 'MCMC')"
            " AND slug NOT IN (SELECT slug FROM tags WHERE tag = 'Bayesian')",
        ),
        (
            "Which posts link to the Kelly criterion post?",
            "SELECT DISTINCT title FROM posts JOIN links USING (slug)"
            " WHERE target_slug = 'optimal-betting-and-the-kelly-criterion'",
        ),
        ("what are the five longest posts", "SELECT title FROM posts ORDER BY word_count DESC LIMIT 5"),
        ("the last 3 posts", "SELECT title FROM posts ORDER BY published DESC LIMIT 3"),
        ("What tags does the pixelcnn article have?", "SELECT tag FROM topics WHERE slug = 'pixelcnn'"),
    ],
)
def test_a_list_is_whole_and_nothing_more(
    catalogue: BlogTools, vocabulary: Vocabulary, question: str, sql: str
) -> None:
    assert {row[0] for row in rows(catalogue, vocabulary, question)} == {row[0] for row in facts(catalogue, sql)}


def test_days_between_two_posts(catalogue: BlogTools, vocabulary: Vocabulary) -> None:
    found = rows(catalogue, vocabulary, "How many days are there between the tensors post and the manifolds post?")
    one, two = (
        date.fromisoformat(str(facts(catalogue, f"SELECT published FROM posts WHERE slug = '{slug}'")[0][0]))
        for slug in ("tensors-tensors-tensors", "manifolds")
    )
    assert timedelta(days=found[0][0]) == abs(two - one)


def test_posts_per_year_add_up(catalogue: BlogTools, vocabulary: Vocabulary) -> None:
    found = rows(catalogue, vocabulary, "plot the number of posts per year")
    assert sum(count for _, count in found) == 49 and [year for year, _ in found] == sorted(year for year, _ in found)


def test_tied_posts_are_all_named(catalogue: BlogTools, vocabulary: Vocabulary) -> None:
    found = rows(catalogue, vocabulary, "Which post has the most tags?")
    most = facts(catalogue, "SELECT count(*) AS n FROM topics GROUP BY slug ORDER BY n DESC LIMIT 1")[0][0]
    tied = facts(catalogue, f"SELECT slug FROM topics GROUP BY slug HAVING count(*) = {most}")
    assert len(found) == len(tied) > 1


@pytest.mark.parametrize(
    "question",
    [
        "How many neurons does his ResNet use?",
        "When did Thorp publish his book?",
        "What is the most surprising result of label refinery?",
        "Which distribution has the highest entropy?",
        "How many samples did HMC accept?",
        "What is a post-order traversal?",
        "Explain variational inference",
        "what does the first equation of the ELBO derivation say",
        "Who came up with the Metropolis algorithm?",
        "who discovered importance sampling",
    ],
)
def test_a_question_about_what_posts_say_is_not_taken_for_metadata(vocabulary: Vocabulary, question: str) -> None:
    assert understand(question, vocabulary) is None


def test_a_quote_in_a_name_cannot_leave_its_literal(catalogue: BlogTools, vocabulary: Vocabulary) -> None:
    understood = understand("Which posts have \"x' OR '1'='1\" in the title?", vocabulary)
    assert not isinstance(understood, MetadataQuestion) or catalogue.query_metadata(understood.sql).rows == []


def test_a_follow_up_narrows_the_question_before(catalogue: BlogTools, vocabulary: Vocabulary) -> None:
    narrowed = conversation("only since 2020", ["How many posts are there per year?"], vocabulary)
    assert (
        isinstance(narrowed, MetadataQuestion)
        and min(row[0] for row in catalogue.query_metadata(narrowed.sql).rows) >= 2020
    )


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("HMC", "hamiltonian-monte-carlo"),
        ("the Hamiltonean Monte Carlo", "hamiltonian-monte-carlo"),
        ("SHAP", "model-explanability-with-shapley-additive-explanations-shap"),
        ("Variational Autoencoders", "variational-autoencoders"),
        ("stochastic calculus", "an-introduction-to-stochastic-calculus"),
    ],
)
def test_a_post_is_known_by_a_loose_name(vocabulary: Vocabulary, name: str, slug: str) -> None:
    found = vocabulary.post(name)
    assert found is not None and found.slug == slug


@pytest.mark.parametrize("name", ["quantum gravity", "", "zzz", "the"])
def test_an_unknown_name_is_no_post(vocabulary: Vocabulary, name: str) -> None:
    assert vocabulary.post(name) is None
