"""What workers say to each other, cut anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auctiond.workers.frames import FRAME_MAX, HEAD, BadFrame, Frame, FrameReader, write_frame

FRAMES = st.lists(
    st.builds(
        Frame,
        st.integers(0, 2**32 - 1),
        st.text(max_size=8),
        st.one_of(st.none(), st.integers(0, 9), st.lists(st.text(max_size=5), max_size=3)),
        st.binary(max_size=40),
    ),
    max_size=5,
)


@given(FRAMES, st.integers(1, 50))
def test_frames_come_out_as_they_went_in_however_they_are_cut(frames, size):
    data = b"".join(write_frame(frame) for frame in frames)
    reader, found = FrameReader(), []
    for start in range(0, len(data), size):
        found += reader.feed(data[start : start + size])
    assert found == frames


@pytest.mark.parametrize(
    "data",
    [
        HEAD.pack(FRAME_MAX + 1, 1, 2) + b"xx",
        HEAD.pack(8, 1, 60) + b"xx",
        HEAD.pack(8, 1, 2) + b"[]",
        HEAD.pack(9, 1, 3) + b"{x}",
        HEAD.pack(14, 1, 8) + b"[1,null]",
    ],
)
def test_what_is_no_frame_is_refused_before_it_is_kept(data):
    with pytest.raises(BadFrame):
        list(FrameReader().feed(data))


def test_what_is_too_large_is_not_sent():
    with pytest.raises(BadFrame):
        write_frame(Frame(1, "http", None, bytes(FRAME_MAX)))
