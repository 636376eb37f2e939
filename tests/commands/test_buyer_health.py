"""`auctiond buyer health` shows what paused itself, also before a restart; `resume` ends that."""

import pytest

from tests.shell.small_network import network as small_network


@pytest.fixture(scope="module", autouse=True)
def network(live, tmp_path_factory):
    file = tmp_path_factory.mktemp("net") / "net.toml"
    file.write_text(small_network(secret="env:HOME", name="Health"))
    result = live.run("network", "apply", "--yes", file)
    assert result.exit_code == 0, result.output


def test_a_target_that_paused_before_the_start_is_shown_and_resumed(live):
    header, row = live.run("buyer", "health").output.splitlines()
    assert header.split()[:3] == ["target", "buyer", "failing"]
    assert row.split()[:3] == ["west", "acme", "0%"]
    assert row.endswith("until resumed")
    result = live.run("buyer", "resume", "acme")
    assert (result.exit_code, result.output) == (0, "Resumed: west.\n")
    assert "until resumed" not in live.run("buyer", "health").output
    assert live.run("buyer", "resume", "west").output == "west is not paused.\n"


def test_a_name_that_is_nobodys_is_said_so(live):
    result = live.run("buyer", "resume", "nobody")
    assert result.exit_code == 1
    assert "No target or buyer is called 'nobody'" in result.output
