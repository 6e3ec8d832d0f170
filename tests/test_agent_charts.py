"""Which tables are drawn, and what the drawings hold."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from agent.charts import MIN_WIDTH, Series, asks_for_chart, bar_chart, bar_svg, series_of

POSTS = Series("posts by year", ["2015", "2016", "2017"], [8.0, 4.0, 0.0])


@pytest.mark.parametrize(
    ("columns", "rows", "asked", "drawn"),
    [
        (["year", "posts"], [[2015, 9], [2016, 9]], False, True),
        (["weekday", "posts"], [["Monday", 5], ["Friday", 2]], False, True),
        (["year", "posts"], [[2015, 9]], True, False),
        (["title", "published", "words"], [["A", "2015-01-01", 9], ["B", "2016-01-01", 3]], False, False),
        (["title", "published", "words"], [["A", "2015-01-01", 9], ["B", "2016-01-01", 3]], True, True),
        (["title", "published"], [["A", "2015-01-01"], ["B", "2016-01-01"]], True, False),
        (["year", "posts"], [], True, False),
        (["year", "posts"], [[year, 1] for year in range(1900, 2000)], True, False),
    ],
)
def test_a_series_is_drawn_and_other_tables_are_not(
    columns: list[str], rows: list[list[object]], asked: bool, drawn: bool
) -> None:
    assert (series_of(columns, rows, asked=asked) is not None) is drawn


@pytest.mark.parametrize("width", [MIN_WIDTH, 50, 80, 200])
def test_bars_fit_the_width_and_keep_their_proportions(width: int) -> None:
    _, *lines = bar_chart(POSTS, width).splitlines()
    lengths = [line.count("█") for line in lines]
    assert all(len(line) <= width for line in lines)
    assert lengths[0] > 4 and abs(lengths[0] - 2 * lengths[1]) <= 1 and lengths[2] == 0
    assert [line.split()[0] for line in lines] == ["2015", "2016", "2017"]


def test_a_terminal_too_narrow_gets_no_bars() -> None:
    assert bar_chart(POSTS, MIN_WIDTH - 1) == ""


def test_long_labels_leave_room_for_bars() -> None:
    drawn = bar_chart(Series("words", ["x" * 90, "y"], [2, 1]), 60)
    assert all(len(line) <= 60 for line in drawn.splitlines()) and drawn.count("█") > 10


def test_svg_is_well_formed_and_holds_every_label_and_number() -> None:
    series = Series("posts <by> tag", ["Q&A", "<script>"], [3, 1.5])
    root = ElementTree.fromstring(bar_svg(series))
    space = "{http://www.w3.org/2000/svg}"
    texts = "".join(root.itertext())
    widths = [float(bar.get("width", "0")) for bar in root.iter(f"{space}rect")]
    assert "Q&A" in texts and "<script>" in texts and "1.5" in texts
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("Plot the posts per year", True),
        ("as a bar chart", True),
        ("posts per year", False),
        ("What is a subplot?", False),
    ],
)
def test_a_chart_is_asked_for_by_name(question: str, asks: bool) -> None:
    assert asks_for_chart(question) is asks
