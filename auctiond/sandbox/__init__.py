"""A carrier and buyers that are real HTTP servers on loopback, with their real vices."""
