"""Every family of metadata question over the catalogue's facts, against plainer SQL written for the test."""

from __future__ import annotations

from typing import Any

import pytest

from agent.lexicon import Vocabulary
from agent.metadata.followups import conversation
from agent.metadata.outcome import MetadataQuestion, NotUnderstood
from agent.metadata.questions import understand
from tools.blog import BlogTools

TAGGED = "slug IN (SELECT slug FROM tags WHERE tag = '{}')"


@pytest.fixture(scope="module")
def vocabulary(catalogue: BlogTools) -> Vocabulary:
    return Vocabulary(catalogue.snapshots.current())


def asked(blog: BlogTools, vocabulary: Vocabulary, question: str, *earlier: str) -> list[list[Any]]:
    understood = conversation(question, earlier, vocabulary)
    assert isinstance(understood, MetadataQuestion), (question, understood)
    return blog.query_metadata(understood.sql).rows


def facts(blog: BlogTools, sql: str) -> list[list[Any]]:
    return blog.query_metadata(sql).rows


ONE_VALUE = [
    ("I have an hour left. How many posts are under 1000 words?", "SELECT count(*) FROM posts WHERE word_count < 1000"),
    ("If I skip anything with zero equations, how many posts remain?", "SELECT count(*) FROM posts WHERE n_equations > 0"),
    ("How many posts except the ones tagged probability were published in 2016?", f"SELECT count(*) FROM posts WHERE year = 2016 AND NOT {TAGGED.format('probability')}"),
    ("How many 2k to 3k word posts are there?", "SELECT count(*) FROM posts WHERE word_count BETWEEN 2000 AND 3000"),
    ("How many posts have a word count below 1,500?", "SELECT count(*) FROM posts WHERE word_count < 1500"),
    ("How many posts were followed by another one within two weeks?", "SELECT count(*) FROM neighbours WHERE days_until_next <= 14"),
    ("Which post crams in the most inline formulas per word?", "SELECT title FROM posts ORDER BY n_inline_formulas / word_count DESC LIMIT 1"),
    ("Runner-up for most equations?", "SELECT title FROM posts ORDER BY n_equations DESC LIMIT 1 OFFSET 1"),
    ("biggest post by number of images", "SELECT title FROM posts ORDER BY n_images DESC LIMIT 1"),
    ("Which post came two before Variational Autoencoders?", "SELECT title FROM posts WHERE published < (SELECT published FROM posts WHERE slug = 'variational-autoencoders') ORDER BY published DESC LIMIT 1 OFFSET 1"),
    ("In which year was the longest post published?", "SELECT year FROM posts ORDER BY word_count DESC LIMIT 1"),
    ("what year was he most productive in terms of words", "SELECT year FROM posts GROUP BY 1 ORDER BY sum(word_count) DESC LIMIT 1"),
    ("how many words a year on average does he write?", "SELECT round(avg(words), 2) FROM years"),
    ("median number of equations among posts that have any", "SELECT median(n_equations) FROM posts WHERE n_equations > 0"),
    ("what share of all words were written in 2023, in percent?", "SELECT round(100.0 * sum(word_count) FILTER (WHERE year = 2023) / sum(word_count), 1) FROM posts"),
    ("how many subsections are in the stochastic calculus post", "SELECT count(*) FROM sections WHERE slug = 'an-introduction-to-stochastic-calculus' AND len(path) > 1"),
    ("By how many words does the stochastic calculus post beat the HMC post?", "SELECT max(word_count) - min(word_count) FROM posts WHERE slug IN ('an-introduction-to-stochastic-calculus', 'hamiltonian-monte-carlo')"),
    ("How many times has the CNN tag been used?", "SELECT count(*) FROM topics WHERE tag = 'CNN'"),
    ("How many posts appeared in the summer of 2018?", "SELECT count(*) FROM posts WHERE strftime(published, '%Y-%m') IN ('2018-06', '2018-07', '2018-08')"),
    ("How many posts were published on a Sunday?", "SELECT count(*) FROM posts WHERE dayname(published) = 'Sunday'"),
    ("How many posts came out on weekends?", "SELECT count(*) FROM posts WHERE dayname(published) IN ('Saturday', 'Sunday')"),
    ("How many posts in Q3 2017?", "SELECT count(*) FROM posts WHERE published BETWEEN '2017-07-01' AND '2017-09-30'"),
    ("number of articles from the first half of 2016", "SELECT count(*) FROM posts WHERE year = 2016 AND month(published) <= 6"),
    ("How many posts between March 2018 and June 2018?", "SELECT count(*) FROM posts WHERE published >= '2018-03-01' AND published < '2018-07-01'"),
    ("How many posts were published after the SHAP article?", "SELECT count(*) FROM posts WHERE published > (SELECT published FROM posts WHERE title ILIKE '%(SHAP)')"),
    ("How many posts aren't tagged probability?", f"SELECT count(*) FROM posts WHERE NOT {TAGGED.format('probability')}"),
    ("how many posts are tagged with neither Bayesian nor MCMC", "SELECT count(*) FROM posts WHERE slug NOT IN (SELECT slug FROM tags WHERE tag IN ('Bayesian', 'MCMC'))"),
    ("How many posts have fewer than 1k words?", "SELECT count(*) FROM posts WHERE word_count < 1000"),
    ("How many posts are longer than average?", "SELECT count(*) FROM posts WHERE word_count > (SELECT avg(word_count) FROM posts)"),
    ("How many posts have both code and footnotes?", "SELECT count(*) FROM posts WHERE n_code_blocks > 0 AND n_footnotes > 0"),
    ("how many posts have neither images nor equations?", "SELECT count(*) FROM posts WHERE n_images = 0 AND n_equations = 0"),
    ("What's the second longest post?", "SELECT title FROM posts ORDER BY word_count DESC LIMIT 1 OFFSET 1"),
    ("What is the third post he ever published?", "SELECT title FROM posts ORDER BY published LIMIT 1 OFFSET 2"),
    ("What's the second to last post?", "SELECT title FROM posts ORDER BY published DESC LIMIT 1 OFFSET 1"),
    ("Which post has the highest ratio of equations to words?", "SELECT title FROM posts ORDER BY n_equations / word_count DESC LIMIT 1"),
    ("Which post has the largest number of external links?", "SELECT title FROM posts p ORDER BY (SELECT count(*) FROM links k WHERE k.slug = p.slug AND target_slug IS NULL AND host <> 'bjlkeng.io') DESC LIMIT 1"),
    ("What's the median word count?", "SELECT median(word_count) FROM posts"),
    ("What is the mean number of tags per post?", "SELECT round((SELECT count(*) FROM topics) / (SELECT count(*) FROM posts), 1)"),
    ("How many words did he write in 2022?", "SELECT sum(word_count) FROM posts WHERE year = 2022"),
    ("What percentage of posts have code blocks?", "SELECT round(100.0 * (SELECT count(*) FROM posts WHERE n_code_blocks > 0) / (SELECT count(*) FROM posts), 1)"),
    ("Which year had the most posts?", "SELECT year FROM posts GROUP BY year ORDER BY count(*) DESC LIMIT 1"),
    ("Which year has the highest average word count?", "SELECT year FROM posts GROUP BY year ORDER BY avg(word_count) DESC LIMIT 1"),
    ("How many years have at least 5 posts?", "SELECT count(*) FROM (SELECT year FROM posts GROUP BY year HAVING count(*) >= 5)"),
    ("What is the most used tag?", "SELECT tag FROM topics GROUP BY tag ORDER BY count(*) DESC LIMIT 1"),
    ("How many tags are used only once?", "SELECT count(*) FROM (SELECT tag FROM topics GROUP BY tag HAVING count(*) = 1)"),
    ("What's the most common external domain?", "SELECT host FROM links WHERE target_slug IS NULL GROUP BY host ORDER BY count(*) DESC LIMIT 1"),
    ("How many links to arXiv are there?", "SELECT count(*) FROM links WHERE host = 'arxiv.org'"),
    ("How many links to arxiv does the Real NVP post have?", "SELECT count(*) FROM links WHERE host = 'arxiv.org' AND slug = 'normalizing-flows-with-real-nvp'"),
    ("How many other posts does the HMC post link to?", "SELECT count(*) FROM post_links WHERE slug = 'hamiltonian-monte-carlo'"),
    ("Which post is cited most by other posts?", "SELECT title FROM posts p ORDER BY (SELECT count(DISTINCT slug) FROM links k WHERE k.target_slug = p.slug AND k.slug <> p.slug) DESC LIMIT 1"),
    ("What day of the week was the pixelcnn article published?", "SELECT dayname(published) FROM posts WHERE slug = 'pixelcnn'"),
    ("What's the longest section of the HMC post?", "SELECT heading FROM sections WHERE slug = 'hamiltonian-monte-carlo' AND position > 0 ORDER BY word_count DESC LIMIT 1"),
    ("What is the third section of the Real NVP post?", "SELECT heading FROM sections WHERE slug = 'normalizing-flows-with-real-nvp' AND position = 3"),
    ("How many sections are called Conclusion?", "SELECT count(*) FROM sections WHERE heading ILIKE '%conclusion%'"),
    ("How many posts from the year with the most posts have code?", "SELECT count(*) FROM posts WHERE n_code_blocks > 0 AND year = (SELECT year FROM posts GROUP BY year ORDER BY count(*) DESC LIMIT 1)"),
    ("How many posts came out in the year he wrote the fewest words?", "SELECT count(*) FROM posts WHERE year = (SELECT year FROM posts GROUP BY year ORDER BY sum(word_count) LIMIT 1)"),
    ("How many posts are longer than the third longest?", "SELECT 2"),
    ("Which tag is used most after probability?", "SELECT tag FROM topics WHERE tag <> 'probability' GROUP BY tag ORDER BY count(*) DESC LIMIT 1"),
    ("In which year did he write the most words per post on average?", "SELECT year FROM posts GROUP BY year ORDER BY avg(word_count) DESC LIMIT 1"),
    ("How long was the longest break between two posts, in days?", "SELECT max(d) FROM (SELECT published - lag(published) OVER (ORDER BY published) AS d FROM posts)"),
    ("How many posts use both of the tags Monte Carlo and MCMC?", f"SELECT count(*) FROM posts WHERE {TAGGED.format('Monte Carlo')} AND {TAGGED.format('MCMC')}"),
    ("How many days apart were the first two posts?", "SELECT max(published) - min(published) FROM (SELECT published FROM posts ORDER BY published LIMIT 2)"),
    ("How many days lie between the last two posts?", "SELECT max(published) - min(published) FROM (SELECT published FROM posts ORDER BY published DESC LIMIT 2)"),
    ("How many posts came out in the last three months of 2015?", "SELECT count(*) FROM posts WHERE year = 2015 AND month(published) >= 10"),
    ("How many equations does the longest post have?", "SELECT n_equations FROM posts ORDER BY word_count DESC LIMIT 1"),
    ("What did he publish after his first LLM post?", "SELECT title FROM posts WHERE published > (SELECT min(published) FROM posts WHERE slug IN (SELECT slug FROM tags WHERE tag = 'LLM')) ORDER BY published LIMIT 1"),
    ("How many days between the first and the last post?", "SELECT date_diff('day', min(published), max(published)) FROM posts"),
    ("What was the shortest gap between two posts?", "SELECT min(days) FROM (SELECT date_diff('day', lag(published) OVER (ORDER BY published), published) AS days FROM posts)"),
    ("How many gaps were longer than 100 days?", "SELECT count(*) FROM posts a JOIN posts b ON a.next_slug = b.slug WHERE b.published - a.published > 100"),
    ("How many more words does the stochastic calculus post have than the HMC post?", "SELECT a.word_count - b.word_count FROM posts a, posts b WHERE a.slug = 'an-introduction-to-stochastic-calculus' AND b.slug = 'hamiltonian-monte-carlo'"),
    ("What is the combined word count of the two lossless compression posts?", "SELECT sum(word_count) FROM posts WHERE title ILIKE 'Lossless Compression%'"),
    ("What is the URL of the SHAP post?", "SELECT url FROM posts WHERE title ILIKE '%(SHAP)'"),
    ("When was the tag Bayesian last used?", f"SELECT title FROM posts WHERE {TAGGED.format('Bayesian')} ORDER BY published DESC LIMIT 1"),
    ("when was the hamiltonain monte carlo post published", "SELECT published FROM posts WHERE slug = 'hamiltonian-monte-carlo'"),
]  # fmt: skip

LISTS = [
    ("Which posts came out in December?", "SELECT title FROM posts WHERE month(published) = 12"),
    ("Which posts were published on a Friday in 2017?", "SELECT title FROM posts WHERE dayname(published) = 'Friday' AND year = 2017"),
    ("What was posted on October 14, 2015?", "SELECT title FROM posts WHERE published = '2015-10-14'"),
    ("posts tagged either entropy or compression", "SELECT title FROM posts WHERE slug IN (SELECT slug FROM tags WHERE tag IN ('entropy', 'compression'))"),
    ("List posts without the tag probability published in 2016", f"SELECT title FROM posts WHERE year = 2016 AND NOT {TAGGED.format('probability')}"),
    ("posts with between 3000 and 4000 words", "SELECT title FROM posts WHERE word_count >= 3000 AND word_count <= 4000"),
    ("Which posts with more than 30 equations were published after 2018?", "SELECT title FROM posts WHERE n_equations > 30 AND year > 2018"),
    ("Which titles start with \"A\"?", "SELECT title FROM posts WHERE title LIKE 'A%'"),
    ("Which post titles contain a colon?", "SELECT title FROM posts WHERE title LIKE '%:%'"),
    ("Which posts have one-word titles?", "SELECT title FROM posts WHERE title NOT LIKE '% %'"),
    ("Which posts have titles of three words or fewer?", "SELECT title FROM posts WHERE len(string_split(title, ' ')) <= 3"),
    ("Which posts don't link to any other post?", "SELECT title FROM posts WHERE slug NOT IN (SELECT slug FROM links WHERE target_slug IS NOT NULL AND target_slug <> slug)"),
    ("Which posts are not linked from any other post?", "SELECT title FROM posts WHERE slug NOT IN (SELECT target_slug FROM links WHERE target_slug IS NOT NULL AND target_slug <> slug)"),
    ("Which posts link to arXiv?", "SELECT title FROM posts WHERE slug IN (SELECT slug FROM links WHERE host = 'arxiv.org')"),
    ("What tags do the HMC post and the MCMC post share?", "SELECT a.tag FROM topics a JOIN topics b ON a.tag = b.tag WHERE a.slug = 'hamiltonian-monte-carlo' AND b.slug LIKE 'markov-chain%'"),
    ("Which tags are on the HMC post but not on the SGLD post?", "SELECT tag FROM topics WHERE slug = 'hamiltonian-monte-carlo' AND tag NOT IN (SELECT tag FROM topics WHERE slug LIKE 'bayesian-learning%')"),
    ("Which tags were used in 2015 but not in 2016?", "SELECT DISTINCT tag FROM topics WHERE slug IN (SELECT slug FROM posts WHERE year = 2015) AND tag NOT IN (SELECT tag FROM topics JOIN posts USING (slug) WHERE year = 2016)"),
    ("Which tags appear together with Bayesian?", f"SELECT DISTINCT tag FROM topics WHERE {TAGGED.format('Bayesian')} AND tag <> 'Bayesian'"),
    ("What are the three posts before the HMC post?", "SELECT title FROM posts WHERE published < (SELECT published FROM posts WHERE slug = 'hamiltonian-monte-carlo') ORDER BY published DESC LIMIT 3"),
    ("What did he publish between the SHAP post and the HMC post?", "SELECT title FROM posts WHERE published > '2020-02-12' AND published < '2021-12-23'"),
    ("Which posts share a tag with the Label Refinery post?", "SELECT DISTINCT title FROM posts JOIN topics USING (slug) WHERE slug <> 'label-refinery' AND tag IN (SELECT tag FROM topics WHERE slug = 'label-refinery')"),
    ("In what months of 2016 did he not publish?", "SELECT m FROM (SELECT unnest(['July', 'September', 'November']) AS m)"),
    ("Which years had no posts?", "SELECT 2025"),
    ("What external hosts does the pixelcnn post link to?", "SELECT DISTINCT host FROM links WHERE slug = 'pixelcnn' AND target_slug IS NULL"),
    ("Which posts were published in the same year as the HMC post?", "SELECT title FROM posts WHERE year = 2021 AND slug <> 'hamiltonian-monte-carlo'"),
]  # fmt: skip

SERIES = [
    ("Average words per post by year", "SELECT year, round(avg(word_count), 1) FROM posts GROUP BY year ORDER BY year"),
    ("Draw a chart of equations per year", "SELECT year, sum(n_equations) FROM posts GROUP BY year ORDER BY year"),
    ("bar chart of posts per tag for the three most used tags", "SELECT tag, n FROM (SELECT tag, count(*) AS n FROM topics GROUP BY tag) QUALIFY rank() OVER (ORDER BY n DESC) <= 3 ORDER BY n DESC, tag"),
    ("Compare the number of posts in 2015, 2018 and 2019", "SELECT year::VARCHAR, count(*) FROM posts WHERE year IN (2015, 2018, 2019) GROUP BY year ORDER BY 2 DESC"),
    ("cumulative number of posts per year", "SELECT year, (SELECT count(*) FROM posts b WHERE b.year <= a.year) FROM posts a GROUP BY year ORDER BY year"),
    ("Sort the 2019 posts by number of equations", "SELECT title, published, n_equations FROM posts WHERE year = 2019 ORDER BY n_equations DESC"),
    ("What are the titles of the last four posts, oldest first?", "SELECT title, published FROM (SELECT * FROM posts ORDER BY published DESC LIMIT 4) ORDER BY published"),
    ("What was the first post each year?", "SELECT year, min(published), arg_min(title, published) FROM posts GROUP BY year ORDER BY year"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "sql"), ONE_VALUE, ids=[question for question, _ in ONE_VALUE])
def test_a_question_of_one_value_finds_it(
    catalogue: BlogTools, vocabulary: Vocabulary, question: str, sql: str
) -> None:
    assert asked(catalogue, vocabulary, question)[0][0] == facts(catalogue, sql)[0][0]


@pytest.mark.parametrize(("question", "sql"), LISTS, ids=[question for question, _ in LISTS])
def test_a_list_has_every_entry_and_no_other(
    catalogue: BlogTools, vocabulary: Vocabulary, question: str, sql: str
) -> None:
    assert {row[0] for row in asked(catalogue, vocabulary, question)} == {row[0] for row in facts(catalogue, sql)}


@pytest.mark.parametrize(("question", "sql"), SERIES, ids=[question for question, _ in SERIES])
def test_a_series_comes_in_its_order(catalogue: BlogTools, vocabulary: Vocabulary, question: str, sql: str) -> None:
    assert asked(catalogue, vocabulary, question) == facts(catalogue, sql)


@pytest.mark.parametrize(
    ("earlier", "follow_up", "sql"),
    [
        (["Which posts are tagged Bayesian?"], "sort by length", f"SELECT title FROM posts WHERE {TAGGED.format('Bayesian')} ORDER BY word_count DESC"),
        (["Which posts are tagged Bayesian?"], "only those from 2016", f"SELECT title FROM posts WHERE year = 2016 AND {TAGGED.format('Bayesian')} ORDER BY published"),
        (["Which posts are tagged Bayesian?"], "which of those is the longest?", f"SELECT title FROM posts WHERE {TAGGED.format('Bayesian')} ORDER BY word_count DESC LIMIT 1"),
        (["Which posts are tagged Bayesian?"], "how many of those have code?", f"SELECT count(*) FROM posts WHERE n_code_blocks > 0 AND {TAGGED.format('Bayesian')}"),
        (["Which posts are tagged Bayesian?"], "what's their average length?", f"SELECT round(avg(word_count), 1) FROM posts WHERE {TAGGED.format('Bayesian')}"),
        (["How many posts are there per year?"], "only the Bayesian ones", f"SELECT DISTINCT year FROM posts WHERE {TAGGED.format('Bayesian')} ORDER BY year"),
        (["How many posts are there per year?"], "make it a bar chart", "SELECT DISTINCT year FROM posts ORDER BY year"),
        (["How many posts in 2016?"], "and in 2017?", "SELECT count(*) FROM posts WHERE year = 2017"),
        (["How many posts in 2016?", "and in 2017?"], "list them", "SELECT title FROM posts WHERE year = 2017 ORDER BY published"),
        (["What was his last post in 2016?", "and the one before that?"], "and the one before that?", "SELECT title FROM posts WHERE year = 2016 ORDER BY published DESC LIMIT 1 OFFSET 2"),
        (["What is the longest post?"], "what tags does it have?", "SELECT tag FROM topics WHERE slug = (SELECT arg_max(slug, word_count) FROM posts) ORDER BY tag"),
        (["When was the HMC post published?"], "and the SHAP one?", "SELECT published FROM posts WHERE title ILIKE '%(SHAP)'"),
        (["How many words are in the HMC post?"], "and equations?", "SELECT n_equations FROM posts WHERE slug = 'hamiltonian-monte-carlo'"),
        (["What are the five longest posts?"], "only the top 3", "SELECT title FROM posts ORDER BY word_count DESC LIMIT 3"),
    ],
)  # fmt: skip
def test_a_follow_up_leans_on_what_was_asked_before(
    catalogue: BlogTools, vocabulary: Vocabulary, earlier: list[str], follow_up: str, sql: str
) -> None:
    found = asked(catalogue, vocabulary, follow_up, *earlier)
    assert [row[0] for row in found] == [row[0] for row in facts(catalogue, sql)]


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("How many posts got more than 100 comments?", "comments"),
        ("What is the average number of likes per post?", "likes"),
        ("How many posts did he publish while on holiday?", "holiday"),
        ("How many posts are there in German?", "german"),
        ("Number of posts by year and mood", "mood"),
    ],
)
def test_a_word_that_narrows_and_is_not_understood_is_named(vocabulary: Vocabulary, question: str, word: str) -> None:
    found = understand(question, vocabulary)
    assert isinstance(found, NotUnderstood) and f'"{word}"' in found.reason and "I can answer" in found.reason


def test_a_name_that_fits_several_posts_lists_them(vocabulary: Vocabulary) -> None:
    found = understand("How many words are in the entropy post?", vocabulary)
    assert isinstance(found, NotUnderstood)
    assert "Maximum Entropy Distributions" in found.reason and "Logic Behind the Maximum Entropy" in found.reason


@pytest.mark.parametrize(
    ("earlier", "follow_up"),
    [("How many posts are there per year?", "what about its leapfrog integrator?"), ("Which posts are tagged LLM?", "and why do they hallucinate?")],
)  # fmt: skip
def test_a_follow_up_about_what_posts_say_is_left_to_search(
    vocabulary: Vocabulary, earlier: str, follow_up: str
) -> None:
    assert conversation(follow_up, [earlier], vocabulary) is None


def test_an_unknown_tag_is_said_to_be_none(vocabulary: Vocabulary) -> None:
    found = understand("Which posts are tagged deep fakes?", vocabulary)
    assert isinstance(found, MetadataQuestion) and "No tag is called deep fakes" in found.notes[0]


@pytest.mark.parametrize(
    ("name", "slugs"),
    [
        ("VAE", ["variational-autoencoders"]),
        ("ANS", ["lossless-compression-with-asymmetric-numeral-systems"]),
        ("SAT", ["accessible-satisfiability"]),
        ("kely criterion", ["optimal-betting-and-the-kelly-criterion"]),
        ("real-nvp", ["normalizing-flows-with-real-nvp"]),
        ("LLM", ["building-a-qa-bot-of-me-with-openai-and-cloudflare", "iterative-summarization-using-llms"]),
        ("monte carlo", ["markov-chain-monte-carlo-mcmc-and-the-metropolis-hastings-algorithm", "hamiltonian-monte-carlo"]),
        ("quantum gravity", []),
    ],
)  # fmt: skip
def test_a_loose_name_means_these_posts(vocabulary: Vocabulary, name: str, slugs: list[str]) -> None:
    assert [title.slug for title in vocabulary.posts(name)] == slugs
