"""Metadata questions as people say them: the same SQL as the plain question, every word of it used, or an honest no."""

from __future__ import annotations

from typing import Any

import pytest

from agent.lexicon import Vocabulary
from agent.metadata.followups import conversation
from agent.metadata.kept import lost
from agent.metadata.outcome import MetadataQuestion, NotUnderstood
from agent.metadata.questions import understand
from tools.blog import BlogTools


@pytest.fixture(scope="module")
def vocabulary(catalogue: BlogTools) -> Vocabulary:
    return Vocabulary(catalogue.snapshots.current())


def sql_of(vocabulary: Vocabulary, question: str, *earlier: str) -> str:
    understood = conversation(question, earlier, vocabulary)
    assert isinstance(understood, MetadataQuestion), (question, understood)
    return understood.sql


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("hey, roughly how many things has Brian written here so far?", "How many posts are there?"),
        ("gimme the posts tagged MCMC pls", "Which posts are tagged MCMC?"),
        ("how many posts r tagged MCMC", "How many posts are tagged MCMC?"),
        ("Wich artciles are taged MCMC?", "Which posts are tagged MCMC?"),
        ("posts w/ code & images", "Which posts have code and images?"),
        ("when'd the SHAP article come out?", "When was the SHAP post published?"),
        ("when did the table tennis thing go live?", "When was the table tennis post published?"),
        ("How many posts have LLM or OpenAI as a tag?", "How many posts are tagged LLM or OpenAI?"),
        ("How's the label refinery post tagged?", "What tags does the label refinery post have?"),
        ("Break down the posts by weekday", "number of posts per weekday"),
        ("Give me a yearly breakdown of posts tagged probability", "number of posts tagged probability per year"),
        ("For every year, the longest post", "the longest post for every year"),
        ("How many articles appeared in December across all years?", "How many articles appeared in December?"),
        ("How often does he post?", "What is the average gap between posts in days?"),
        ("Who links to the HMC post?", "Which posts link to the HMC post?"),
        ("Which of the LLM posts is longer?", "Which of the LLM posts is the longest?"),
        ("Which tag comes second in popularity?", "Which is the second most used tag?"),
        ("what's post number 10?", "What is the tenth post?"),
        ("how many posts has he done on VAEs?", "how many posts are on variational autoencoders?"),
        ("How has the average post length changed over the years?", "average length per year"),
        ("How does the number of posts in 2017 compare to 2018?", "Compare the number of posts in 2017 and 2018"),
        ("What did he publish between March to June 2017?", "What did he publish from March 2017 to June 2017?"),
        ("How many posts did he write in 2016... sorry, in 2019?", "How many posts did he write in 2019?"),
        ("How many footnotes, I mean equations, are in the SHAP post?", "How many equations are in the SHAP post?"),
        ("Which posts from 2017, no wait, 2018 have code?", "Which posts from 2018 have code?"),
        ("Which posts are tagged entropy, sorry, tagged MCMC?", "Which posts are tagged MCMC?"),
        ("sorry, how many posts are there?", "How many posts are there?"),
        ("How many times has the tag MCMC been used?", "How many posts are tagged MCMC?"),
        ("What topics did he tag the SHAP article with?", "What tags does the SHAP article have?"),
        ("Number of articles on the site that came out in 2018", "How many posts came out in 2018?"),
        ("Was the SHAP post published on a weekday or a weekend?", "On which day of the week was the SHAP post published?"),
        ("How many posts run to more than six thousand words?", "How many posts have more than 6000 words?"),
        ("How are the posts tagged MCMC distributed over weekdays?", "number of posts tagged MCMC per weekday"),
        ("Count of notebooks vs year, plotted", "Chart of the number of notebooks per year"),
        ("Which posts share at least one tag with the SHAP post?", "Which posts share a tag with the SHAP post?"),
        ("Which tags did he use in 2023 for the first time?", "Which tags were used for the first time in 2023?"),
        ("How many titles have the word Probabilistic in them?", "How many titles have the word Probabilistic?"),
        ("Which posts are both notebooks and tagged probability?", "Which notebooks are tagged probability?"),
        ("Which posts are tagged MCMC as well as probability?", "Which posts are tagged MCMC and probability?"),
        ("Which subjects has he tagged since 2024?", "Which tags were used since 2024?"),
        ("What share of the 2017 posts has no code? In percent", "What share of the 2017 posts has no code?"),
        ("Which posts came out on the first day of a month?", "Which posts came out on the first of the month?"),
        ("Which weekday does he publish on most rarely?", "Which weekday has the fewest posts?"),
    ],
)  # fmt: skip
def test_a_way_of_saying_makes_no_other_question(vocabulary: Vocabulary, said: str, plain: str) -> None:
    assert sql_of(vocabulary, said) == sql_of(vocabulary, plain)


def test_a_word_put_right_is_told(vocabulary: Vocabulary) -> None:
    found = understand("how many psots are there", vocabulary)
    assert isinstance(found, MetadataQuestion) and 'Read "psots" as "posts".' in found.notes


@pytest.mark.parametrize("word", ["likes", "shares", "stars"])
def test_a_word_of_its_own_is_not_put_right(vocabulary: Vocabulary, word: str) -> None:
    assert isinstance(understand(f"How many posts have more than 5 {word}?", vocabulary), NotUnderstood)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("how many posts have exactly one footnote", "SELECT count(*) FROM posts WHERE n_footnotes = 1"),
        ("How many blog posts has he published?", "SELECT count(*) FROM posts"),
        ("how many posts does the Real NVP one link out to?", "SELECT count(*) FROM post_links WHERE slug = 'normalizing-flows-with-real-nvp'"),
        ("How many posts have no tags in common with any other post?", "SELECT count(*) FROM posts p WHERE NOT EXISTS (SELECT 1 FROM topics a JOIN topics b USING (tag) WHERE a.slug = p.slug AND b.slug <> p.slug)"),
        ("How many posts never get linked to?", "SELECT count(*) FROM posts WHERE slug NOT IN (SELECT target_slug FROM post_links)"),
        ("How many sections does the longest post have?", "SELECT n_sections FROM posts ORDER BY word_count DESC LIMIT 1"),
        ("How many words does the second longest post have?", "SELECT word_count FROM posts ORDER BY word_count DESC LIMIT 1 OFFSET 1"),
        ("How many posts were published since the start of 2022?", "SELECT count(*) FROM posts WHERE published >= '2022-01-01'"),
        ("How many posts appeared within 30 days of the previous one?", "SELECT count(*) FROM posts a JOIN posts b ON a.next_slug = b.slug WHERE b.published - a.published <= 30"),
        ("How many weeks passed between the first and second post?", "SELECT round((max(published) - min(published)) / 7.0, 1) FROM (SELECT published FROM posts ORDER BY published LIMIT 2)"),
        ("How many days between the two posts tagged LLM?", "SELECT max(published) - min(published) FROM posts JOIN tags USING (slug) WHERE tag = 'LLM'"),
        ("How long did he wait before publishing the tensors post?", "SELECT date_diff('day', a.published, b.published) FROM posts a JOIN posts b ON a.next_slug = b.slug WHERE b.slug = 'tensors-tensors-tensors'"),
        ("What was the longest time he went without posting?", "SELECT max(b.published - a.published) FROM posts a JOIN posts b ON a.next_slug = b.slug"),
        ("What percentage of all posts is tagged Bayesian?", "SELECT round(100.0 * count(*) / (SELECT count(*) FROM posts), 1) FROM tags WHERE tag = 'Bayesian'"),
        ("How many tags show up only once?", "SELECT count(*) FROM (SELECT tag FROM topics GROUP BY tag HAVING count(*) = 1)"),
        ("Which post has the most words in its title?", "SELECT title FROM posts ORDER BY len(string_split(title, ' ')) DESC LIMIT 1"),
        ("What day of the week was the most recent post published?", "SELECT dayname(max(published)) FROM posts"),
        ("title with the most words", "SELECT title FROM posts ORDER BY len(string_split(title, ' ')) DESC LIMIT 1"),
        ("Which post links out to the most external pages?", "SELECT title FROM posts p ORDER BY (SELECT count(*) FROM links k WHERE k.slug = p.slug AND target_slug IS NULL AND host <> 'bjlkeng.io') DESC LIMIT 1"),
    ],
)  # fmt: skip
def test_a_value_is_the_one_asked_for(
    catalogue: BlogTools, vocabulary: Vocabulary, question: str, expected: str
) -> None:
    found = catalogue.query_metadata(sql_of(vocabulary, question)).rows[0]
    assert catalogue.query_metadata(expected).rows[0][0] in found


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What tags does the longest post have?", "SELECT tag FROM topics WHERE slug = (SELECT arg_max(slug, word_count) FROM posts)"),
        ("what are the neighbours of the HMC post?", "SELECT title FROM posts WHERE 'hamiltonian-monte-carlo' IN (prev_slug, next_slug)"),
        ("Which tags did he first use in 2018?", "SELECT tag FROM topics JOIN posts USING (slug) GROUP BY tag HAVING min(year) = 2018"),
        ("What are the top 3 external domains he links to?", "SELECT host FROM links WHERE target_slug IS NULL AND host NOT IN ('', 'bjlkeng.io') GROUP BY host ORDER BY count(*) DESC LIMIT 3"),
        ("Which posts are tagged with ResNet or residual networks?", "SELECT title FROM posts WHERE slug IN (SELECT slug FROM tags WHERE tag IN ('ResNet', 'residual networks'))"),
        ("have a look for titles that include 'note' or 'primer'", "SELECT title FROM posts WHERE title ILIKE '%note%' OR title ILIKE '%primer%'"),
        ("Which posts are linked to by at least five others?", "SELECT title FROM posts WHERE slug IN (SELECT target_slug FROM post_links GROUP BY 1 HAVING count(*) >= 5)"),
        ("In which months of 2017 did he publish nothing?", "SELECT m FROM (SELECT unnest(['March', 'June', 'November']) AS m) WHERE m NOT IN (SELECT monthname(published) FROM posts WHERE year = 2017)"),
        ("What was published in the summer of 2017 (June to August)?", "SELECT title FROM posts WHERE year = 2017 AND month(published) BETWEEN 6 AND 8"),
        ("Which posts have no links to other posts and were published in 2016?", "SELECT title FROM posts WHERE year = 2016 AND slug NOT IN (SELECT slug FROM post_links)"),
        ("weekdays ranked by number of posts", "SELECT dayname(published) FROM posts GROUP BY 1"),
    ],
)  # fmt: skip
def test_a_list_is_the_one_asked_for(
    catalogue: BlogTools, vocabulary: Vocabulary, question: str, expected: str
) -> None:
    found = catalogue.query_metadata(sql_of(vocabulary, question)).rows
    assert {row[0] for row in found} == {row[0] for row in catalogue.query_metadata(expected).rows}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("number of footnotes per post in 2015", "SELECT title, n_footnotes FROM posts WHERE year = 2015"),
        ("How many tags does each 2021 post have?", "SELECT title, count(*) FROM posts JOIN topics USING (slug) WHERE year = 2021 GROUP BY title"),
        ("show titles, dates and word counts for posts tagged MNIST", "SELECT title, word_count FROM posts JOIN tags USING (slug) WHERE tag = 'MNIST'"),
        ("how many posts per tag, for tags used at least 4 times", "SELECT tag, count(*) FROM topics GROUP BY tag HAVING count(*) >= 4"),
        ("For each year, how many distinct tags were used?", "SELECT year, count(DISTINCT tag) FROM topics JOIN posts USING (slug) GROUP BY year"),
        ("Has he used the tag MNIST or Bayesian more often?", "SELECT tag, count(*) FROM topics WHERE tag IN ('MNIST', 'Bayesian') GROUP BY tag"),
        ("Between Tensors and Manifolds, which post has more images?", "SELECT title, n_images FROM posts WHERE slug IN ('manifolds', 'tensors-tensors-tensors')"),
    ],
)  # fmt: skip
def test_a_table_pairs_each_label_with_its_number(
    catalogue: BlogTools, vocabulary: Vocabulary, question: str, expected: str
) -> None:
    found = catalogue.query_metadata(sql_of(vocabulary, question)).rows
    assert {row[0]: row[-1] for row in found} == dict(catalogue.query_metadata(expected).rows)


PER_YEAR = "How many posts are there per year?"
FOLLOW_UPS: list[tuple[list[str], str, str]] = [
    ([PER_YEAR], "and the total words instead?", "SELECT year, sum(word_count) FROM posts GROUP BY year"),
    ([PER_YEAR], "which ones were those in 2020?", "SELECT title, published FROM posts WHERE year = 2020"),
    (["What's the average word count per year?"], "and the median?", "SELECT year, round(median(word_count), 1) FROM posts GROUP BY year"),
    (["Which posts are tagged Bayesian?"], "and the ones also tagged probability?", "SELECT title, published FROM posts WHERE slug IN (SELECT slug FROM tags WHERE tag = 'Bayesian' INTERSECT SELECT slug FROM tags WHERE tag = 'probability')"),
    (["Which posts are tagged LLM?"], "which is the newer one?", "SELECT title, published FROM posts JOIN tags USING (slug) WHERE tag = 'LLM' ORDER BY published DESC LIMIT 1"),
    (["Which posts are tagged LLM?"], "show their word counts", "SELECT title, word_count FROM posts JOIN tags USING (slug) WHERE tag = 'LLM'"),
    (["Which posts came out in 2019?"], "what about the year after?", "SELECT title, published FROM posts WHERE year = 2020"),
    (["Which posts were published in 2018?"], "how many words in total?", "SELECT sum(word_count), sum(word_count) FROM posts WHERE year = 2018"),
    (["When was the HMC post published?"], "what did he publish next?", "SELECT title, published FROM posts WHERE prev_slug = 'hamiltonian-monte-carlo'"),
    (["When was the HMC post published?"], "what are its tags?", "SELECT tag, 1 FROM topics WHERE slug = 'hamiltonian-monte-carlo'"),
    (["When was the HMC post published?"], "and its equations?", "SELECT n_equations, title FROM posts WHERE slug = 'hamiltonian-monte-carlo'"),
    (["List the posts from 2018"], "drop the ones with more than 10 images", "SELECT title, published FROM posts WHERE year = 2018 AND n_images <= 10"),
    (["Which is the longest post?"], "which one is second?", "SELECT title, word_count FROM posts ORDER BY word_count DESC LIMIT 1 OFFSET 1"),
    (["Which tag is used most?"], "and the second?", "SELECT tag, count(*) FROM topics GROUP BY tag ORDER BY 2 DESC LIMIT 1 OFFSET 1"),
]  # fmt: skip


@pytest.mark.parametrize(("earlier", "follow_up", "expected"), FOLLOW_UPS)
def test_a_follow_up_changes_only_what_it_names(
    catalogue: BlogTools, vocabulary: Vocabulary, earlier: list[str], follow_up: str, expected: str
) -> None:
    found = catalogue.query_metadata(sql_of(vocabulary, follow_up, *earlier)).rows
    assert {row[0]: row[-1] for row in found} == dict(catalogue.query_metadata(expected).rows)


@pytest.mark.parametrize(
    ("asked", "sql", "words"),
    [
        (" the 3 longest posts ", "SELECT title FROM posts ORDER BY word_count DESC LIMIT 5", ["3"]),
        (" the 3rd longest post ", "SELECT title FROM posts ORDER BY word_count DESC LIMIT 1 OFFSET 2", []),
        (" which posts have most footnotes ", "SELECT title, n_footnotes FROM posts", ["most"]),
        (" posts with at least 4 footnotes ", "SELECT title FROM posts WHERE 4 <= n_footnotes", []),
        (" the longest posts tagged entropy ", "SELECT title FROM posts ORDER BY word_count DESC LIMIT 1", ["tagged"]),
        (
            " the year of the longest post ",
            "SELECT year FROM posts GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
            ["longest"],
        ),
        (" average images of posts that have any ", "SELECT avg(n_images) FROM posts", ["have any"]),
        (" posts not tagged entropy ", "SELECT title FROM posts JOIN tags USING (slug) WHERE tag = 'entropy'", ["not"]),
        (" average words ", "SELECT sum(word_count) FROM posts", ["average"]),
        (" how many footnotes ", "SELECT count(*) FROM posts", ["footnotes"]),
    ],
)
def test_what_the_sql_does_not_show_is_named(asked: str, sql: str, words: list[str]) -> None:
    assert lost(asked, sql) == words


@pytest.mark.parametrize(
    "question",
    [
        "What year was the Metropolis algorithm published?",
        "When was the SVHN dataset released?",
        "what is the longest run of heads in the gambler's fallacy simulation?",
        "How many posterior samples does the SGLD experiment draw?",
    ],
)
def test_what_a_post_tells_of_is_not_taken_for_the_post(vocabulary: Vocabulary, question: str) -> None:
    assert understand(question, vocabulary) is None


def test_posts_per_quarter_add_up(catalogue: BlogTools, vocabulary: Vocabulary) -> None:
    rows: list[list[Any]] = catalogue.query_metadata(sql_of(vocabulary, "posts per quarter")).rows
    assert [row[0] for row in rows] == ["Q1", "Q2", "Q3", "Q4"] and sum(row[1] for row in rows) == 49
