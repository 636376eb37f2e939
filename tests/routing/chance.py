"""Chance from a seed, for drawing networks and what is in them."""

from random import Random

from market.money import Micros

LETTERS = "ab \"'\\#=[]{},.\u00e9\u4e2d\U0001f600"


class Draw(Random):
    """Chance, with a few words for what networks are made of."""

    def often(self, value, otherwise=None):
        return value if self.random() < 0.5 else otherwise

    def text(self):
        return "".join(self.choices(LETTERS, k=self.randrange(12)))

    def price(self):
        return Micros(self.choice([10_000, 12_500_000, self.randint(10_000, 10**10)]))

    def seconds(self):
        return self.choice([90.0, 20.0, self.uniform(5, 120)])

    def some(self, values):
        return tuple(self.sample(values, self.randint(1, len(values))))

    def ids(self, most):
        return [f"{name}-{self.randrange(9)}" for name in "abcdef"[: self.randint(1, most)]]
