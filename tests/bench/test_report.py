"""What was measured becomes a page that needs nothing else; a measurement that fails is said."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import orjson
import pytest
from click.testing import CliRunner

from bench.__main__ import main, names
from bench.harness import Bars, Curve, Result
from bench.load.metronome import moments
from bench.results.axes import axis_of, nice
from bench.results.drawing import draw
from bench.results.everything import BadResults, Everything, read_everything
from bench.results.in_turn import run_all
from bench.results.prose import as_html
from bench.results.report import slug, write_page, write_report
from bench.results.telling import hear, tell

CURVE = Curve("Late & <late>", "load", "ms", {"p50": [(50, 1.0), (70, 2.0)], "p99": [(50, 9.5)]})
BARS = Bars("CPU", "us", {"ours": 20.5, "theirs": 300.0})
FOUND = Everything(
    results={"wire": Result({"us_per_ping": 20.5}, {"vs_httpx2": 15.0}, (CURVE, BARS))},
    seconds={"wire": 3.21},
    failed={"rtb": "ValueError: no <door>"},
)


def test_a_curve_is_drawn_as_sound_xml_with_every_point():
    drawn = fromstring(draw(CURVE))
    found = [each.tag.rpartition("}")[2] for each in drawn.iter()]
    assert found.count("circle") == 3
    assert found.count("polyline") == 2


@pytest.mark.parametrize(
    ("most", "end"), [(0, 1), (0.9, 1), (1.1, 2), (23, 25), (99, 100), (640, 800)]
)
def test_an_axis_ends_at_a_number_that_people_like(most, end):
    assert nice(most) == end


def test_the_page_has_figures_curves_and_failures_and_asks_for_nothing_from_outside():
    page = write_page(FOUND)
    assert "20.500" in page
    assert "<svg" in page
    assert "ValueError: no &lt;door&gt;" in page
    assert "CPU per ping" in page  # What it measures, and what it cannot say.
    assert not any(word in page for word in ("<script", "<link", "src=", "url("))


def test_bars_are_drawn_by_their_length_and_with_their_names():
    drawn = fromstring(draw(BARS))
    lengths = [float(each.get("width")) for each in drawn.iter() if each.get("rx") == "2"]
    assert lengths[1] / lengths[0] == pytest.approx(300 / 20.5, rel=0.01)
    assert {"ours", "theirs", "20.5", "300"} <= {each.text for each in drawn.iter()}


def test_each_further_nine_is_as_far_away_as_the_last():
    axis = axis_of([0.9, 0.99, 0.999], nines=True, from_zero=False)
    places = [axis.place(share) for share, _ in axis.ticks]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1])
    assert [name for _, name in axis.ticks] == ["90 %", "99 %", "99.9 %"]


def test_a_docstring_becomes_paragraphs_and_lists():
    html = as_html("What `it` is.\n\n- one:\n  goes on\n- two < three\nAnd after.")
    assert html == (
        "<p>What <code>it</code> is.</p>"
        "<ul><li>one: goes on</li><li>two &lt; three</li></ul><p>And after.</p>"
    )


def test_each_curve_is_a_picture_beside_the_page_and_brings_its_colours(tmp_path):
    write_report(FOUND, tmp_path / "docs" / "performance.html")
    pictures = sorted((tmp_path / "docs" / "performance").glob("*.svg"))
    assert [picture.name for picture in pictures] == ["cpu.svg", f"{slug(CURVE.title)}.svg"]
    for picture in pictures:
        assert fromstring(picture.read_text()).tag.endswith("svg")
        assert "prefers-color-scheme: dark" in picture.read_text()


def test_a_report_is_drawn_again_from_its_results_without_measuring(tmp_path):
    write_report(FOUND, tmp_path / "first.html")
    again = tmp_path / "again.html"
    known = str(tmp_path / "first" / "results.json")
    done = CliRunner().invoke(main, ["report", "--from", known, "--output", str(again)])
    assert done.exit_code == 1, "a measurement had failed, and still has"
    assert again.read_text() == (tmp_path / "first.html").read_text()
    assert (tmp_path / "again" / "results.json").read_bytes() == FOUND.tell() + b"\n"


@pytest.mark.parametrize("wrong", [b"no", b"{}", b"[]", b'{"quick":true,"machine":{},"at":"x"}'])
def test_what_is_no_result_is_refused_with_a_reason(wrong, tmp_path):
    with pytest.raises(BadResults):
        read_everything(wrong)
    path = tmp_path / "wrong.json"
    path.write_bytes(wrong)
    done = CliRunner().invoke(main, ["report", "--from", str(path)])
    assert done.exit_code == 2
    assert str(path) in done.output


def test_all_together_have_names_that_say_where_they_are_from():
    told = orjson.loads(FOUND.tell())
    assert told["bench"] == "all"
    assert told["figures"] == {"wire.us_per_ping": 20.5, "wire.took_s": 3.2}
    assert told["ratios"] == {"wire.vs_httpx2": 15.0}
    assert told["failed"] == FOUND.failed


def test_a_result_is_heard_as_it_was_told():
    result = FOUND.results["wire"]
    assert hear(tell("wire", result)) == result


def test_a_measurement_that_fails_is_told_and_the_others_go_on():
    found = run_all(["no_such_thing"], quick=True)
    assert set(found.failed) == {"no_such_thing"}
    assert found.results == {}


def test_the_measurements_that_are_promised_are_there():
    assert {"wire", "auction", "rtb", "targeting", "ledger", "recovery", "memory"} <= set(names())
    assert {"cost", "usual", "weather"} <= set(names())


def test_a_load_begins_at_random_moments_and_in_bursts_at_the_same_rate():
    for burst in (1, 10):
        found = moments(rate=100, seconds=50, seed=1, burst=burst)
        assert 4000 < len(found) < 6000
        assert len(set(found)) * burst == len(found)
    assert moments(100, 5, seed=1) == moments(100, 5, seed=1)
