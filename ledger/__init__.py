"""The rules of money: moves, holds, balances, in memory. auctiond/pg keeps the same rules in SQL. Pure."""
