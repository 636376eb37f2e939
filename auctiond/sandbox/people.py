"""Made-up callers, the same in every process for the same seed: who calls, and who must not leak.

Pure. No two people of one seed share a number, not even its last seven digits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from auctiond.sandbox.chance import draw

_T = TypeVar("_T")

PEOPLE_MAX = 999_000  # Local numbers run out: 2XX XXXX, less those that end in 000.
_STRIDE = 7_919  # Shares no factor with PEOPLE_MAX, so neighbours are far apart and none repeat.


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


@dataclass(frozen=True, slots=True)
class Person:
    number: str  # E.164
    name: str
    email: str
    street: str
    zip: str
    state: str

    @property
    def area_code(self) -> str:
        return self.number[2:5]


@dataclass(frozen=True, slots=True)
class Place:
    state: str
    area_code: str
    zip3: str  # The first three digits of its zips.
    weight: int  # Its share of the callers.


# One line a city, so that state, area code and zip agree.
PLACES = tuple(
    Place(state, area_code, zip3, int(weight))
    for state, area_code, zip3, weight in (
        line.split()
        for line in """
        CA 213 900 6
        CA 415 941 3
        CA 619 921 3
        CA 916 958 2
        TX 214 752 4
        TX 713 770 4
        TX 210 782 3
        TX 512 787 2
        FL 305 331 3
        FL 407 328 2
        FL 813 336 2
        FL 904 322 2
        NY 212 100 3
        NY 718 112 4
        NY 716 142 1
        PA 215 191 3
        PA 412 152 2
        IL 312 606 4
        OH 614 432 2
        OH 216 441 2
        GA 404 303 3
        NC 704 282 2
        NC 919 276 2
        MI 313 482 3
        NJ 973 071 2
        VA 804 232 2
        WA 206 981 2
        AZ 602 850 2
        AZ 520 857 1
        MA 617 021 2
        TN 615 372 1
        TN 901 381 1
        IN 317 462 2
        MO 314 631 1
        MO 816 641 1
        MD 410 212 2
        WI 414 532 1
        CO 303 802 2
        MN 612 554 1
        SC 803 292 1
        AL 205 352 1
        LA 504 701 1
        KY 502 402 1
        OR 503 972 1
        OK 405 731 1
        CT 860 061 1
        NV 702 891 1
        UT 801 841 1
        NM 505 871 1
        AK 907 995 1
        """.strip().splitlines()
    )
)
STATE_OF_ZIP3 = {place.zip3: place.state for place in PLACES}
_WEIGHTED = tuple(place for place in PLACES for _ in range(place.weight))

# No name here is a word that a ping may hold, so a name found in one is a leak.
FIRST_NAMES = _words(
    """
    Aaliyah Amelia Andre Anthony Beatriz Benjamin Brandon Camila Carlos Caroline Chloe Clarence
    Courtney Darnell Deborah Diego Dolores Dwayne Eleanor Elena Esteban Eugene Fatima Felicia
    Fernando Francesca Gabriel Geraldine Gloria Gregory Harriet Hector Hiroshi Imani Isabella
    Jasmine Jerome Jessica Joaquin Josephine Kenneth Kimberly Latoya Leonard Lucinda Magdalena
    Malcolm Marguerite Marisol Matthew Nathaniel Nicole Octavia Olivia Patricia Priya Quentin
    Rebecca Roberto Rosalind Samantha Sebastian Shanice Stephanie Terrence Theodore Valentina
    Vanessa Veronica Vincent Wendell Wilhelmina Xiomara Yolanda
    """
)
LAST_NAMES = _words(
    """
    Abernathy Alvarado Anderson Ashworth Baptiste Bergstrom Blackwood Buchanan Caldwell Cardenas
    Castellano Chamberlain Chowdhury Contreras Dabrowski Davenport Delacroix Dombrowski Ellsworth
    Escobar Fairbanks Ferreira Fitzgerald Fontaine Gallagher Gutierrez Hathaway Henderson Hernandez
    Hutchinson Ibrahim Jaramillo Jefferson Johansson Kapoor Kowalski Krishnan Lafayette Lindqvist
    Livingston Lombardi Maldonado McAllister McPherson Montgomery Nakamura Ndiaye Novak Obrien
    Okafor Olafsson Pemberton Pellegrino Quintero Ramirez Rasmussen Richardson Robinson Rodriguez
    Salazar Schneider Sepulveda Stevenson Sullivan Takahashi Thibodeaux Thompson Underwood
    Vandenberg Velasquez Villanueva Wadsworth Weatherby Whitfield Williamson Winchester Yamamoto
    Zamora
    """
)
STREETS = _words(
    """
    Alder Aspen Birchwood Bluebonnet Chestnut Cottonwood Cypress Dogwood Elderberry Foxglove
    Hawthorn Hickory Huckleberry Juniper Larkspur Laurel Magnolia Mulberry Persimmon Poplar
    Sagebrush Sassafras Sycamore Tamarack Wisteria Yarrow
    """
)
STREET_KINDS = ("Street", "Avenue", "Lane", "Drive", "Court")


def person(seed: int, n: int) -> Person:
    """Return the `n`-th person of `seed`. Raises ValueError beyond `PEOPLE_MAX`."""
    if not 0 <= n < PEOPLE_MAX:
        raise ValueError(f"there are {PEOPLE_MAX} people of a seed, counted from 0: {n}")
    bits = draw(seed, n)
    place, bits = _pick(_WEIGHTED, bits)
    first, bits = _pick(FIRST_NAMES, bits)
    last, bits = _pick(LAST_NAMES, bits)
    street, bits = _pick(STREETS, bits)
    kind, bits = _pick(STREET_KINDS, bits)
    house, zip_end = bits % 9_900 + 100, draw(seed, n, 1) % 99 + 1
    return Person(
        number=f"+1{place.area_code}{_local(seed, n)}",
        name=f"{first} {last}",
        email=f"{first[0]}{last}.{n}@mail.example".lower(),
        street=f"{house} {street} {kind}",
        zip=f"{place.zip3}{zip_end:02d}",
        state=place.state,
    )


def people(seed: int, count: int) -> Iterator[Person]:
    """Yield the first `count` people of `seed`."""
    return (person(seed, n) for n in range(count))


def _pick(choices: tuple[_T, ...], bits: int) -> tuple[_T, int]:
    """Return a choice, and the bits that are left for the next."""
    return choices[bits % len(choices)], bits // len(choices)


def _local(seed: int, n: int) -> str:
    """Return the seven digits after the area code, another for every `n`: 2XX XXXX.

    None ends in 000, so that no round amount of money in a ping looks like a number.
    """
    thousands, rest = divmod((n * _STRIDE + draw(seed)) % PEOPLE_MAX, 999)
    return f"2{thousands:03d}{rest + 1:03d}"
