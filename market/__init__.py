"""The nouns of the market, its money, and the states of a call. Pure: standard library only."""
