from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from headgate.debating.debate import Player, debate
from headgate.debating.judges import opinion, people, players, words
from headgate.debating.verdicts import Ask, Heard, Verdict, parse
from headgate.errors import UsageError
from headgate.texts.ss3_files import save
from headgate.texts.ss3_train import fit
from tests.debaters import SIDES

JUDGES = """
[[judge]]
name = "listed"
role = "affirmative"
kind = "words"
words = ["pump", "water wheel"]

[[judge]]
name = "model"
role = "negative"
kind = "screener"
method = "ss3"
axis = "parts"
options = { model = "MODEL", of = "music" }

[[judge]]
name = "ann"
role = "judge"
kind = "people"
votes = "votes.csv"

[[judge]]
name = "wordy"
role = "judge"
kind = "words"
words = ["valve"]
listens = 1
"""


def ask(text: str, role: str = "judge", *heard: Heard) -> Ask:
    return Ask(sha256(text.encode()).hexdigest(), text, "Is it a part?", "x", role, "yes first", 1, heard)


def said(speak, asked: Ask) -> Verdict:  # type: ignore[no-untyped-def]
    return parse(asked, speak(asked))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    save(
        fit(
            ["the pump leaks", "the pump drips"] * 3 + ["the violin plays", "a violin sings"] * 3,
            ["parts"] * 6 + ["music"] * 6,
        ),
        tmp_path / "m.json",
    )
    item = sha256(b"an old pump").hexdigest()
    (tmp_path / "votes.csv").write_text(f"item,verdict\n{item},yes\n{item},yes\n{item},no\nzz,maybe\n")
    (tmp_path / "j.toml").write_text(JUDGES.replace("MODEL", str(tmp_path / "m.json")))
    return tmp_path / "j.toml"


def test_players_are_read_and_speak(file: Path) -> None:
    found = players(file)
    assert [(one.name, one.role, one.kind) for one in found] == [
        ("listed", "affirmative", "words"), ("model", "negative", "screener"), ("ann", "judge", "people"), ("wordy", "judge", "words"),
    ]  # fmt: skip
    listed, model, ann, _ = found
    assert said(listed.speak, ask("The P\u200bUMP", "affirmative")) == Verdict("yes", 0.8, ("1 of 2 words",))
    assert said(listed.speak, ask("pumpkin", "affirmative")) == Verdict("no", 0.8, ("none of 2 words",))
    assert said(model.speak, ask("pump")).outcome == "yes"  # the axis asked for, not the headline
    assert said(model.speak, ask("violin")).outcome == "no"
    assert said(model.speak, ask("unknown")) == Verdict("unsure", None, ("ss3 could not tell",))
    assert said(ann.speak, ask("an old pump")) == Verdict("yes", 0.666667, ("2 of 3 people",))
    assert said(ann.speak, ask("something")).outcome == "unsure"


def test_a_judge_that_listens_follows_the_debaters(file: Path) -> None:
    wordy = players(file)[3]
    yes, no = Heard("affirmative", Verdict("yes", 0.9)), Heard("negative", Verdict("no", 0.6))
    assert said(wordy.speak, ask("x")).outcome == "no"
    found = said(wordy.speak, ask("x", "judge", yes, no))
    assert (found.outcome, found.confidence) == ("yes", pytest.approx(0.65))  # the mean of 0.9 and 0.4
    conceded = Heard("affirmative", Verdict("no", 0.8))
    found = said(wordy.speak, ask("x", "judge", yes, no, conceded))
    assert (found.outcome, found.confidence) == ("no", pytest.approx(0.7))  # the last of each side counts
    assert said(wordy.speak, ask("x", "affirmative", yes)).outcome == "no"  # a debater states its own view


def test_how_far_a_judge_listens() -> None:
    speak = opinion(words(["pump"], 0.8), 0.25)
    found = said(speak, ask("x", "judge", Heard("affirmative", Verdict("yes", 1.0))))
    assert (found.outcome, found.confidence) == ("no", pytest.approx(1 - (0.75 * 0.2 + 0.25)))
    assert said(speak, ask("x", "judge", Heard("affirmative", Verdict("refused")))).confidence == pytest.approx(0.8)


def test_a_whole_debate_from_a_file(file: Path) -> None:
    found = debate("an old pump", "Is it a part?", players(file))
    assert found.label == "yes"
    assert found.swapped is False


@pytest.mark.parametrize(
    ("changed", "to", "error"),
    [
        ('kind = "words"', 'kind = "oracle"', "kind = 'oracle'"), ('role = "judge"', 'role = "chair"', "role = 'chair'"),
        ('words = ["valve"]', "words = []", "needs words"), ('words = ["valve"]', "words = [1]", "needs words"),
        ('words = ["valve"]', 'words = ["\\u200b"]', "drawn as nothing"),
        ("listens = 1", "listens = 2", "from 0 to 1"), ("listens = 1", "extra = 1", "does not know the field 'extra'"),
        ('method = "ss3"', 'method = "ss4"', "no method 'ss4'"), ('axis = "parts"', 'axis = "zzz"', "no axis 'zzz'"),
        ('method = "ss3"', 'method = "debate"', "does not score single texts"), ("of =", "off =", "does not know the field 'off'"),
        ("votes.csv", "absent.csv", "no votes can be read"), ("[[judge]]", "[[juror]]", "does not know the field 'juror'"),
        ('name = "wordy"\n', "", "needs the text 'name'"), ("options = {", "options = [", "is not TOML"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_one_line(file: Path, changed: str, to: str, error: str) -> None:
    file.write_text(file.read_text().replace(changed, to))
    with pytest.raises(UsageError, match=error) as caught:
        players(file)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file of judges at"):
        players(tmp_path / "none.toml")
    with pytest.raises(UsageError, match="no votes can be read"):
        people(tmp_path)


def test_no_judge_is_a_file_without_tables(tmp_path: Path) -> None:
    (tmp_path / "j.toml").write_text("")
    assert players(tmp_path / "j.toml") == []
    assert isinstance(SIDES[0], Player)
