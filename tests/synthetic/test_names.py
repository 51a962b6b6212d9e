from __future__ import annotations

import hashlib
import re
from random import Random

from headgate.synthetic import names


def test_each_part_has_random_numbers_of_its_own() -> None:
    first = [names.dice(7, "models").random() for _ in range(2)]
    assert first[0] == first[1]
    assert len({names.dice(seed, part).random() for seed in (7, 8) for part in ("models", "uploads")}) == 4


def test_digests_tell_the_parts_apart() -> None:
    assert names.digest("a", 1) == hashlib.sha256(b"a\x1f1").hexdigest()
    assert names.digest("ab", "c") != names.digest("a", "bc")


def test_words_are_of_three_letter_syllables() -> None:
    rng = Random(1)
    assert all(re.fullmatch("[a-z]{3}" * n, names.word(rng, n)) for n in (1, 2, 3) for _ in range(50))


def test_accounts_are_distinct_and_spelt_as_the_hub_allows() -> None:
    for made in (names.accounts(Random(1), 3000), names.organisations(Random(1), 900)):
        assert len(made) == len({name.lower() for name in made}) == (3000 if len(made) > 900 else 900)
        assert all(re.fullmatch(r"[a-z0-9](?:[a-z0-9_-]{0,38}[a-z0-9])?", name) for name in made)


def test_no_two_people_share_a_name_and_there_are_512() -> None:
    people = names.people(Random(1), 100)
    assert len({p.given for p in people} | {p.family for p in people}) == 200
    assert people == names.people(Random(1), 100) != names.people(Random(2), 100)
    assert len(names.people(Random(1), 5000)) == 8**3


def test_a_persons_name_is_part_of_no_other_word_or_name() -> None:
    people = [name.lower() for p in names.people(Random(1), 512) for name in (p.given, p.family)]
    assert min(map(len, people)) >= 7
    for other in people:
        assert [name for name in people if name in other] == [other]
    rng = Random(2)
    words = [names.word(rng, 3) for _ in range(20_000)]
    rest = " ".join([*names.accounts(rng, 3000), *words, *names.TOPICS, *names.STYLES]).lower()
    assert not [name for name in people if name in rest]
