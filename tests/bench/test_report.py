"""What was measured becomes a page that needs nothing else; a measurement that fails is said."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from bench.__main__ import names
from bench.drawing import draw, nice
from bench.everything import Everything, read_result, run_all
from bench.harness import Curve, Result
from bench.metronome import moments
from bench.report import slug, write_page, write_report

CURVE = Curve("Late & <late>", "load", "ms", {"p50": [(50, 1.0), (70, 2.0)], "p99": [(50, 9.5)]})
FOUND = Everything(
    results={"wire": Result({"us_per_ping": 20.5}, {"vs_httpx2": 15.0}, (CURVE,))},
    seconds={"wire": 3.21},
    failed={"rtb": "ValueError: no <door>"},
)


def test_a_curve_is_drawn_as_sound_xml_with_every_point():
    drawn = fromstring(draw(CURVE))
    found = [each.tag.rpartition("}")[2] for each in drawn.iter()]
    assert found.count("circle") == 3
    assert found.count("polyline") == 2


@pytest.mark.parametrize(("most", "end"), [(0, 1), (0.9, 1), (1.1, 2), (23, 25), (99, 100)])
def test_an_axis_ends_at_a_number_that_people_like(most, end):
    assert nice(most) == end


def test_the_page_has_figures_curves_and_failures_and_asks_for_nothing_from_outside():
    page = write_page(FOUND)
    assert "20.500" in page
    assert "<svg" in page
    assert "ValueError: no &lt;door&gt;" in page
    assert "CPU per ping" in page  # What it measures, and what it cannot say.
    assert not any(word in page for word in ("<script", "<link", "src=", "url("))


def test_each_curve_is_a_picture_beside_the_page(tmp_path):
    write_report(FOUND, tmp_path / "docs" / "performance.html")
    pictures = list((tmp_path / "docs" / "performance").iterdir())
    assert (
        [picture.name for picture in pictures] == [f"{slug(CURVE.title)}.svg"] == ["late-late.svg"]
    )
    assert fromstring(pictures[0].read_text()).tag.endswith("svg")


def test_all_together_have_names_that_say_where_they_are_from():
    together = FOUND.together()
    assert together.figures == {"wire.us_per_ping": 20.5, "wire.took_s": 3.2}
    assert together.ratios == {"wire.vs_httpx2": 15.0}
    assert together.curves == (CURVE,)


def test_a_result_is_read_as_it_was_printed():
    curve = b'{"title": "t", "x": "x", "y": "y", "lines": {"l": [[1, 2]]}}'
    data = b'{"figures": {"a": 1}, "ratios": {}, "curves": [%b]}' % curve
    assert read_result(data) == Result({"a": 1}, {}, (Curve("t", "x", "y", {"l": [(1, 2)]}),))


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
