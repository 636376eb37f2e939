"""`auctiond notice` shows what was told to whom."""


def test_a_test_is_sent_and_listed(live):
    assert "It is on its way" in live.run("notice", "test").output
    header, *rows = live.run("notice", "list", "--party", "operator").output.splitlines()
    assert header.split() == ["no", "at", "(UTC)", "kind", "party", "channel", "tries", "how"]
    assert any("notice.test" in row for row in rows)


def test_what_is_not_there_is_said(live):
    assert "there is no notice 99999" in live.run("notice", "resend", "99999").output
    assert "No webhook of this id" in live.run("notice", "resume", "nobody").output
    assert "Nobody was told anything" in live.run("notice", "list", "--party", "buyer/x").output
