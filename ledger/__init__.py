"""The rules of money: moves, holds, balances. Pure. auctiond/pg keeps the same rules in SQL."""
