from __future__ import annotations

from pathlib import Path

from headgate.learn import lineage as lineages
from headgate.learn import words
from tests.build import collect, model


def test_words_of_names_tags_and_cards_without_the_keywords(tmp_path: Path) -> None:
    twins = [
        model(f"a{i}/Llama3-8B-Dark-Uncensored.v{i}", pipeline_tag="text-generation", card="A jailbroken Story teller.",
              tags=["roleplay", "Abliterated-thing", "base_model:x/secret", "dataset:x/data"])
        for i in range(3)
    ]  # fmt: skip
    ws, _ = collect(tmp_path / "w", [*twins, model("b/other"), model("c/Llama3-8B")])
    lineage = lineages.load(ws.db)
    matrix, vocabulary = words.load(ws.db, lineage)
    assert set(vocabulary) >= {"name llama", "name 3", "name 8b", "name dark", "name llama 3", "name 3 8b", "tag roleplay",
                               "tag thing", "task text-generation", "card story", "library -"}  # fmt: skip
    text = " ".join(vocabulary)
    assert not any(
        word in text for word in ("uncensored", "abliterated", "jailbroken", "secret", "base_model", "dataset")
    )
    at = {ref: node for node, ref in ws.db.execute(f"SELECT id, ref FROM {lineage.table}").fetchall()}
    row = matrix[[at["hf:model:c/Llama3-8B"]]].toarray()[0]
    assert {vocabulary[place] for place in row.nonzero()[0]} == {"name llama", "name 3", "name 8b", "name llama 3",
                                                                 "name 3 8b", "library -"}  # fmt: skip
    assert matrix.shape == (lineage.size, len(vocabulary))
    assert set(matrix.data.tolist()) == {1.0}


def test_a_word_of_fewer_than_three_models_does_not_count(tmp_path: Path) -> None:
    ws, _ = collect(tmp_path / "w", [model(f"a/model{i}-rare{'x' if i < 2 else 'y'}") for i in range(5)])
    _, vocabulary = words.load(ws.db, lineages.load(ws.db))
    assert "name rarey" in vocabulary
    assert "name rarex" not in vocabulary


def test_a_disguised_keyword_is_hidden_too(tmp_path: Path) -> None:
    names = [f"a{i}/Llama-unc3nsored-m{'abc'[i]}" for i in range(3)]
    ws, _ = collect(tmp_path / "w", [model(name) for name in names])
    lineage = lineages.load(ws.db)
    assert lineage.says.sum() == 3
    _, vocabulary = words.load(ws.db, lineage)
    assert vocabulary == ["library -", "task -"]
