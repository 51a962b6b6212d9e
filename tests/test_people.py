"""No name of a depicted person is left in a record; everything else a stage reads is. All names are invented."""

from __future__ import annotations

import copy
import csv
import html
import json
import re
import unicodedata
from pathlib import Path
from urllib.parse import quote, unquote

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headgate import people, person_words
from headgate.person_names import account, stored_id
from headgate.refs import HF_ID

KEY = b"a key of this test"
SHA = "0123456789abcdef" * 4
SYLLABLES = {
    "latin": ["zu", "vek", "morq", "qua", "bryn", "tös", "wé", "łaz", "ñor", "jøk", "Çev", "dho", "ghy"],
    "cyrillic": ["жу", "век", "мор", "щит", "брин", "ёза"],
    "greek": ["ζου", "μωρ", "κάβ", "θεψ"],
    "han": ["髙", "橋", "咲", "凪", "蓮"],
    "hangul": ["곽", "뷔", "솔", "찬"],
    "arabic": ["زو", "مر", "كث", "عبق"],
    "devanagari": ["झू", "मोर", "ठाक"],
}


@st.composite
def names(draw: st.DrawFn) -> list[str]:
    """The words of an invented name in one script, some with a hyphen or an apostrophe inside."""
    syllables = st.sampled_from(SYLLABLES[draw(st.sampled_from(sorted(SYLLABLES)))])
    word = st.lists(syllables, min_size=2, max_size=4).map(lambda s: "".join(s).capitalize())
    joined = st.tuples(word, st.sampled_from(["-", "'", "’"]), word).map("".join)
    found = draw(st.lists(st.one_of(word, joined), min_size=1, max_size=3))
    assume(len(plain("".join(found))) >= 4)
    return found


def plain(text: str) -> str:
    """`text` as letters and digits only, case and accents folded: written apart from the code under test."""
    text = unicodedata.normalize("NFKD", text).casefold().translate(str.maketrans({"ł": "l", "ø": "o"}))
    return "".join(c for c in text if c.isalnum() and not unicodedata.combining(c))


def variants(name: list[str]) -> list[str]:
    full = " ".join(name)
    return [full, full.upper(), "".join(name), "_".join(name).lower(), "-".join(name), ".".join(full), quote(full),
            html.escape(full), "".join(f"&#{ord(c)};" for c in full), json.dumps(full)[1:-1],
            unicodedata.normalize("NFD", full), unicodedata.normalize("NFC", full)]  # fmt: skip


def left_of(name: list[str], result: object) -> list[str]:
    """The pieces of `name` that can still be read in `result`, however they are written."""
    text = json.dumps(result, ensure_ascii=False)
    readings = [text, unquote(text), html.unescape(text), json.dumps(result), text.encode().decode("unicode_escape")]
    pieces = [plain(word) for part in name for word in [part, *re.split("[-'’]", part)]] + [plain("".join(name))]
    wanted = {p for p in pieces if len(p) >= (4 if p.isascii() else 2)}
    return [p for p in wanted for reading in readings if p in plain(reading)]


def civitai(name: list[str], text: str) -> dict[str, object]:
    full = " ".join(name)
    return {
        "id": 123, "name": f"{full} (actress) - SDXL LoRA v2", "description": f"<p>{text} nsfw photorealistic</p>",
        "type": "LORA", "nsfw": False, "poi": True, "minor": False, "tags": ["celebrity", "woman", full, text],
        "creator": {"username": f"{''.join(name)}_fan", "image": f"https://img.example/{text}"},
        "stats": {"downloadCount": 55, "rating": 4.5, full: 3}, "allowCommercialUse": ["Image", "RentCivit", text],
        text: text, "mode": None,
        "modelVersions": [
            {
                "id": 456, "name": f"{full} v1.0", "baseModel": "SDXL 1.0", "createdAt": "2024-03-01T10:20:30.123Z",
                "trainedWords": [full.lower(), text], "description": text, "stats": {"downloadCount": 50},
                "files": [{"name": f"{'_'.join(name)}.safetensors", "sizeKB": 223.5, "type": "Model",
                           "hashes": {"SHA256": SHA.upper(), "AutoV2": "0123456789"}, "primary": True,
                           "metadata": {"fp": "fp16", "size": None, "format": "SafeTensor"},
                           "downloadUrl": f"https://x.example/{text}"}],
                "images": [{"url": text, "meta": {"prompt": text}, "width": 512}],
            },
            {"id": 457, "name": "v2.0", "baseModel": "Flux.1 D", "trainedWords": []},
        ],
    }  # fmt: skip


def hugging_face(name: list[str], text: str) -> dict[str, object]:
    slug = "-".join(name).lower()
    return {
        "_id": "65f0c0ffee65f0c0ffee65f0", "id": f"maker/{slug}-flux-lora", "modelId": f"maker/{slug}-flux-lora",
        "author": "maker", "sha": SHA[:40], "createdAt": "2024-03-01T10:20:30.000Z", "gated": "auto", "downloads": 7,
        "pipeline_tag": "text-to-image", "library_name": "diffusers", "description": text, "likes": 0, "private": False,
        "tags": ["diffusers", "Celebrity", "lora", text, slug, "license:other", f"license:{slug}", "region:us",
                 "base_model:adapter:black-forest-labs/FLUX.1-dev", f"base_model:adapter:someone/{slug}-old"],
        "cardData": {"license": "other", "license_name": text, "tags": ["lora", text], "instance_prompt": text,
                     "base_model": ["black-forest-labs/FLUX.1-dev", f"someone/{slug}-old"],
                     "widget": [{"text": text, "output": {"url": f"images/{text}.png"}}], "pretty_name": text},
        "config": {"peft": {"base_model_name_or_path": f"someone/{slug}", "task_type": None}, "model_type": "flux"},
        "card": f"# {text}\nA LoRA. nsfw, {text}", "gguf": {"total": 11, "chat_template": text},
        "siblings": [{"rfilename": f"{slug}.safetensors", "size": 8, "lfs": {"sha256": SHA, "size": 8}},
                     {"rfilename": "README.md", "size": 3}, {"rfilename": f"images/{text}.png"}],
        "spaces": [f"x/{slug}"],
    }  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(names(), st.integers(0, 11))
def test_no_piece_of_a_name_is_left(name: list[str], which: int) -> None:
    text = variants(name)[which]
    for record in (civitai(name, text), hugging_face(name, text)):
        before = copy.deepcopy(record)
        result = people.pseudonymise(record, KEY)
        assert result is not None
        assert record == before
        assert left_of(name, result) == []
        assert re.fullmatch(r"person-[0-9a-f]{12,}", result["_headgate"]["depicts"])  # type: ignore[index]
        assert people.pseudonymise(record, KEY) == result
        # A raw page that is loaded again says the same.
        assert people.pseudonymise(result, KEY) == result


@settings(max_examples=60, deadline=None)
@given(names(), st.integers(0, 11))
def test_keys_and_hubs(name: list[str], which: int) -> None:
    text = variants(name)[which]
    one, other = (people.pseudonymise(r, KEY) for r in (civitai(name, text), hugging_face(name, text)))
    assert one is not None
    assert other is not None
    assert one["_headgate"] == other["_headgate"]
    elsewhere = people.pseudonymise(civitai(name, text), b"another key")
    assert elsewhere is not None
    assert elsewhere["_headgate"] != one["_headgate"]


def test_civitai_facts_stay() -> None:
    result = people.pseudonymise(civitai(["Zuvek", "Q.", "Moraqua"], "zuvek moraqua"), KEY)
    assert result is not None
    who = result["_headgate"]["depicts"]  # type: ignore[index]
    versions = result.pop("modelVersions")
    assert result.pop("creator") == {"username": result_of_account(result, versions)}
    assert result == {
        "id": 123, "name": who, "description": "nsfw photorealistic", "type": "LORA", "nsfw": False, "poi": True,
        "minor": False, "tags": ["celebrity"], "stats": {"downloadCount": 55, "rating": 4.5},
        "allowCommercialUse": ["Image", "RentCivit"], "mode": None, "_headgate": {"depicts": who, "person": True},
    }  # fmt: skip
    first, second = versions  # type: ignore[misc]
    [file] = first.pop("files")
    assert re.fullmatch(rf"{who}-[0-9a-f]{{8}}\.safetensors", file.pop("name"))
    assert file == {"sizeKB": 223.5, "type": "Model", "hashes": {"SHA256": SHA.upper(), "AutoV2": "0123456789"},
                    "primary": True, "metadata": {"fp": "fp16", "size": None, "format": "SafeTensor"}}  # fmt: skip
    assert first["id"] == 456
    assert first["baseModel"] == "SDXL 1.0"
    assert first["createdAt"] == "2024-03-01T10:20:30.123Z"
    assert first["stats"] == {"downloadCount": 50}
    assert first["images"] == []
    assert len(first["trainedWords"]) == 2
    assert second == {"id": 457, "name": "v2.0", "baseModel": "Flux.1 D", "trainedWords": []}


def result_of_account(result: dict[str, object], versions: object) -> str:
    renamed = people.pseudonymise(civitai(["Zuvek", "Q.", "Moraqua"], "x"), KEY)
    assert renamed is not None
    username: str = renamed["creator"]["username"]  # type: ignore[index]
    assert re.fullmatch(r"account-[0-9a-f]{16}", username)
    return username


def test_hugging_face_facts_stay() -> None:
    result = people.pseudonymise(hugging_face(["Zuvek", "Moraqua"], "zuvek-moraqua"), KEY)
    assert result is not None
    who = result["_headgate"]["depicts"]  # type: ignore[index]
    assert re.fullmatch(rf"{account('maker', KEY)}/{who}-[0-9a-f]{{8}}", str(result["id"]))
    assert re.fullmatch(HF_ID, str(result["id"]), re.ASCII)
    assert result["modelId"] == result["id"]
    assert result["author"] == account("maker", KEY)
    old, fine = (stored_id(f"someone/zuvek-moraqua{end}", KEY) for end in ("-old", ""))
    assert (result["_id"], result["sha"]) == ("65f0c0ffee65f0c0ffee65f0", SHA[:40])
    assert (result["gated"], result["downloads"], result["likes"]) == ("auto", 7, 0)
    assert result["tags"] == ["diffusers", "Celebrity", "lora", "license:other", "region:us",
                              "base_model:adapter:black-forest-labs/FLUX.1-dev", f"base_model:adapter:{old}"]  # fmt: skip
    card = result["cardData"]
    assert isinstance(card, dict)
    assert (card["license"], card["tags"]) == ("other", ["lora"])
    assert card["base_model"] == ["black-forest-labs/FLUX.1-dev", old]
    assert result["config"] == {"peft": {"base_model_name_or_path": fine, "task_type": None}, "model_type": "flux"}
    assert result["gguf"] == {"total": 11}
    weights, readme, image = result["siblings"]  # type: ignore[misc]
    assert re.fullmatch(rf"{who}-[0-9a-f]{{8}}\.safetensors", weights.pop("rfilename"))
    assert weights == {"size": 8, "lfs": {"sha256": SHA, "size": 8}}
    assert readme == {"rfilename": "README.md", "size": 3}
    assert image["rfilename"].endswith(".png")
    # The order of fields is the hub's.
    given_order = [k for k in hugging_face(["Zuvek"], "x") if k in result]
    assert list(result) == [*given_order, "_headgate"]


def test_card_data_given_as_text_stays_text() -> None:
    record = hugging_face(["Zuvek", "Moraqua"], "zuvek")
    result = people.pseudonymise(record | {"cardData": json.dumps(record["cardData"])}, KEY)
    assert result is not None
    assert json.loads(str(result["cardData"]))["license"] == "other"
    assert left_of(["Zuvek", "Moraqua"], result) == []


@pytest.mark.parametrize(
    "title",
    ["Zuvek Q. Moraqua LoRA v2", "zuvek-q-moraqua", "ZuvekQMoraqua_SDXL", "Zuvék Q. Moraqua (Actress) | Flux",
     "Zuvek Q Moraqua - Flux.1 D", "Zuvek Q. Moraqua from Some Show", "SDXL: Zuvek Q. Moraqua", "zuvekqmoraqua_v1.5",
     "Zuvek Q. Moraqua [Pony]", "ZUVEK Q MORAQUA by someone", "zuvek_q_moraqua_sd15_lora_000012"],
)  # fmt: skip
def test_one_person_under_many_titles(title: str) -> None:
    first = people.pseudonymise({"id": 1, "name": "Zuvek Q. Moraqua", "poi": True}, KEY)
    found = people.pseudonymise({"id": 2, "name": title, "poi": True}, KEY)
    assert first is not None
    assert found is not None
    assert found["_headgate"] == first["_headgate"]


def test_trigger_words_name_the_person_where_the_title_does_not() -> None:
    version = {"id": 2, "trainedWords": ["Zuvek Moraqua"]}
    result = people.pseudonymise({"id": 1, "name": "Celebrity LoRA", "poi": True, "modelVersions": [version]}, KEY)
    named = people.pseudonymise({"id": 1, "name": "Zuvek Moraqua", "poi": True}, KEY)
    assert result is not None
    assert named is not None
    assert result["_headgate"] == named["_headgate"]


def test_nameless_records_are_not_one_person() -> None:
    ids = ["a/celebrity-lora", "b/celebrity-lora"]
    found = [people.pseudonymise({"id": i, "pipeline_tag": "text-to-image"}, KEY) for i in ids]
    assert len({json.dumps(r["_headgate"]) for r in found if r}) == 2


IMAGES: dict[str, object] = {"pipeline_tag": "text-to-image"}


@pytest.mark.parametrize(
    "record",
    [
        {"id": "u/zuvek", "tags": ["celebrity"], **IMAGES},
        {"id": "u/zuvek", "tags": ["Korean Actress"], **IMAGES},
        {"id": "u/zuvek", "tags": ["REAL_PERSON"], **IMAGES},
        {"id": "u/zuvek", "tags": ["real-person", "lora"]},
        {"id": "u/zuvek", "tags": ["actor", "stable-diffusion"]},
        {"id": "u/zuvek", "tags": ["kpop idol", "flux"]},
        {"id": "u/zuvek", "tags": ["k-pop", "dreambooth"]},
        {"id": "u/zuvek", "tags": ["voice-actor", "rvc"]},
        {"id": "u/zuvek", "tags": ["ｃｅｌｅｂｒｉｔｙ"], **IMAGES},
        {"id": "u/zuvek", "cardData": {"tags": ["influencer"]}, **IMAGES},
        {"id": "u/zuvek", "cardData": '{"tags": ["influencer"]}', **IMAGES},
        {"id": "u/zuvek", "cardData": {"tags": ["likeness"], "base_model": "black-forest-labs/FLUX.1-dev"}},
        {"id": "u/zuvek-celebrity-lora"},
        {"id": "u/ZuvekCelebrityLora", **IMAGES},
        {"id": "u/zuvek-deepfake", "tags": ["text-to-video"], "pipeline_tag": "text-to-video"},
        {"id": "u/zuvek", "tags": ["task_categories:text-to-image", "celebrities"]},
        {"id": 1, "name": "zuvek", "poi": "true"},
        {"id": 1, "name": "zuvek", "poi": False, "modelVersions": [{"id": 2, "poi": True}]},
        {"id": 1, "name": "zuvek", "poi": False, "tags": ["celebrity"], "modelVersions": []},
        {"id": 2, "modelId": 1, "name": "v1", "baseModel": "Pony", "model": {"name": "zuvek", "poi": True}},
        {"id": "u/zuvek", "_headgate": {"depicts": "zuvek", "person": False}},
    ],
)
def test_depicts_a_real_person(record: dict[str, object]) -> None:
    result = people.pseudonymise(record, KEY)
    assert result is not None
    assert "zuvek" not in json.dumps(result).lower()


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"id": "u/ppo", "tags": ["actor-critic", "reinforcement-learning"], **IMAGES},
        {"id": "u/hero", "tags": ["character", "fictional character", "anime", "lora"], **IMAGES},
        {"id": "u/hero", "tags": ["style", "realistic", "person", "portrait"], **IMAGES},
        {"id": "u/texts", "tags": ["actor", "celebrity"], "pipeline_tag": "text-generation"},
        {"id": "u/texts", "tags": ["lora", "actor"], "pipeline_tag": "text-generation"},
        {"id": "u/questions-about-celebrities", "tags": ["task_categories:question-answering"]},
        {"id": "u/celebrity-face-classifier", "pipeline_tag": "image-classification"},
        {"id": "u/deepfake-detector", "tags": ["deepfake"], "pipeline_tag": "image-classification"},
        {"id": "u/personality-lora", "tags": ["lora"]},
        {"id": 1, "name": "Hero", "poi": False, "tags": ["character"], "modelVersions": [{"id": 2}]},
        {"id": "u/m", "tags": None, "cardData": None, "pipeline_tag": None},
        {"id": None, "tags": "not a list", "cardData": "not json", "pipeline_tag": ["odd"]},
        {"id": 5, "tags": [{"name": "x"}, 5, None], "model": "text", "modelVersions": "text"},
    ],
)
def test_depicts_nobody(record: dict[str, object]) -> None:
    assert people.pseudonymise(record, KEY) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(sorted(person_words.terms("field"))) | st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
FIELDS = sorted({*person_words.terms("field"), "id", "name", "tags", "model", "author", "card", "base_model", "images"})


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=12))
def test_any_json_is_survived(record: dict[str, object]) -> None:
    result = people.pseudonymise(record | {"poi": True}, KEY)
    assert result is not None
    json.dumps(result)


@given(st.text(min_size=4, max_size=30), st.sampled_from(FIELDS))
def test_only_known_words_stay(text: str, field: str) -> None:
    # Whatever field it is planted in, a text that is not of the vocabulary does not come through as it was.
    secret = f"zuvekmoraqua {text}"
    result = people.pseudonymise({"id": 7, "name": "somebody", "poi": True, field: secret} | {"poi": True}, KEY)
    assert "zuvekmoraqua" not in json.dumps(result)


def test_every_likeness_term_passes_the_first_look() -> None:
    with (Path(people.__file__).parent / "data" / "person_terms.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {r["use"] for r in rows} >= {"likeness", "likeness-tag", "artifact", "pipeline", "safe", "licence", "field"}
    for row in rows:
        if row["use"].startswith("likeness"):
            for tag in (row["term"], row["term"].upper(), row["term"].replace(" ", "_")):
                assert people.pseudonymise({"id": "u/x", "tags": [tag], **IMAGES}, KEY) is not None, tag
    assert [r for r in rows if r["term"] != r["term"].strip() or not r["term"].isascii()] == []


def test_a_typed_ref_finds_what_was_stored() -> None:
    record = hugging_face(["Zuvek", "Moraqua"], "x")
    result = people.pseudonymise(record, KEY)
    assert result is not None
    assert (
        people.pseudonymise_ref("https://huggingface.co/maker/zuvek-moraqua-flux-lora", KEY)
        == f"hf:model:{result['id']}"
    )
    assert people.pseudonymise_ref("civitai:model:5", KEY) == "civitai:model:5"


def test_two_repos_of_one_person_stay_apart() -> None:
    refs = [people.pseudonymise_ref(f"maker/zuvek-moraqua-{t}", KEY) for t in ("flux-lora", "sdxl-lora")]
    assert refs[0] != refs[1]
    assert refs[0][:-9] == refs[1][:-9]


def test_the_net_catches_what_known_words_contain() -> None:
    record = {"id": 1, "name": "Ealisti Zuvek", "poi": True, "tags": ["photorealistic", "celebrity"], "type": "LORA"}
    result = people.pseudonymise(record, KEY)
    assert result is not None
    assert (result["tags"], result["type"]) == (["celebrity"], "LORA")


def test_short_names_are_found_as_whole_words() -> None:
    record = hugging_face(["Lo", "Ra"], "lo") | {"id": "maker/sd-bo-lora"}
    result = people.pseudonymise(record | {"card": "bo lora", "cardData": {"base_model": ["bo/sdxl", "sdxl"]}}, KEY)
    assert result is not None
    assert result["cardData"] == {"base_model": [stored_id("bo/sdxl", KEY), "sdxl"]}


NAME = re.compile("zuvek|moraqua", re.IGNORECASE)


@pytest.mark.parametrize(
    "title",
    [
        "Famous actress LoRA",
        "Zuvеk Mоraqua",
        "Zuv3k M0raqua",
        "Z u v e k  M o r a q u a",
        "Zuvek%20Moraqua",
        "Zuvek",
        "7",
    ],
)
def test_a_title_without_the_name_gives_nothing_else_away(title: str) -> None:
    record = {"id": 1, "name": title, "poi": True, "type": "LORA", "tags": ["zuvek moraqua", "lora"],
              "creator": {"username": "ZuvekMoraquaFan"},
              "modelVersions": [{"id": 2, "name": "Zuvek Moraqua v2", "baseModel": "SDXL 1.0",
                                 "files": [{"name": "zuvek_moraqua.safetensors"}]}]}  # fmt: skip
    result = people.pseudonymise(record, KEY)
    assert result is not None
    assert not NAME.search(json.dumps(result, ensure_ascii=False))
    assert result["tags"] == ["lora"]
    assert result["creator"] == {"username": account("ZuvekMoraquaFan", KEY)}
    assert people.pseudonymise(result, KEY) == result


@pytest.mark.parametrize("name", ["celebrity-lora-7", "123"])
def test_owner_datasets_and_parents_do_not_name_the_person(name: str) -> None:
    record = {"id": f"zuvekfans/{name}", "author": "zuvekfans", "pipeline_tag": "text-to-image",
              "tags": ["celebrity", "Zuvek Moraqua", "dataset:zuvekfans/photos", "base_model:zuvekfans/base"],
              "cardData": {"datasets": ["zuvekfans/moraqua-photos"], "base_model": ["x/zuvek-xl", "stabilityai/sdxl-turbo"]}}  # fmt: skip
    result = people.pseudonymise(record, KEY)
    assert result is not None
    assert not NAME.search(json.dumps(result))
    assert result["cardData"]["base_model"][1] == "stabilityai/sdxl-turbo"  # type: ignore[index]
    # What the parent is stored as if it says that it depicts somebody.
    parent = people.pseudonymise({"id": "x/zuvek-xl", "tags": ["celebrity"], **IMAGES}, KEY)
    assert parent is not None
    assert result["cardData"]["base_model"][0] == parent["id"]  # type: ignore[index]
    assert people.pseudonymise_ref(str(record["id"]), KEY) == f"hf:model:{result['id']}"
    assert people.pseudonymise(result, KEY) == result


HIDDEN = [
    "célébrity",
    "cele\u00adbrity",
    "ce-le-brity",
    "cele'brity",
    "ＣＥＬＥＢＲＩＴＹ",
    "real\u200b person",
    "real\tperson",
]


@pytest.mark.parametrize("tag", HIDDEN)
@pytest.mark.parametrize("pipeline", ["text-to-image", "other", None])
def test_the_first_look_is_no_narrower_than_the_second(tag: str, pipeline: str | None) -> None:
    for tags, card in (
        (["lora", tag], None), (f"lora, {tag}", None), (json.dumps(["lora", tag]), None), (["lora"], {"tags": [tag]}),
        (["lora"], json.dumps({"tags": [tag]})), (["lora"], {"tags": {"a": tag}}), ([{"name": "lora"}, {"name": tag}], None),
        (["lora"], '{"t\\u0061gs": ["' + "".join(f"\\u{ord(c):04x}" for c in tag) + '"]}'),
    ):  # fmt: skip
        record = {"id": "u/zuvek", "tags": tags, "cardData": card, "pipeline_tag": pipeline}
        assert people.pseudonymise(record, KEY) is not None, record


@settings(max_examples=300)
@given(st.data())
def test_what_depicts_passes_the_first_look(data: st.DataObject) -> None:
    tag = data.draw(st.sampled_from(sorted(person_words.terms("likeness", "likeness-tag")) + HIDDEN))
    at = data.draw(st.integers(0, len(tag)))
    text = tag[:at] + data.draw(st.text(max_size=2)) + tag[at:]
    record: dict[str, object] = {"id": "u/x", "tags": [text, "lora"]}
    assert people._may_depict(record) or not people._depicts(record)


@pytest.mark.parametrize("value", ["yes", "true", "1", 1.0, 1, True, "y", "Zuvek", ["x"], {"flag": 1}])
def test_any_flag_but_a_no_counts(value: object) -> None:
    for record in (
        {"id": 1, "name": "zuvek", "poi": value},
        {"id": 1, "name": "x", "modelVersions": [{"id": 3, "model": {"poi": value, "name": "zuvek"}}]},
        {"id": 1, "name": "x", "inner": [[{"deep": {"poi": value}}]]},
    ):
        assert people.pseudonymise(record, KEY) is not None
    for no in (False, None, 0, "false", "FALSE", " no ", "", "0"):
        assert people.pseudonymise({"id": 1, "name": "x", "poi": no, "modelVersions": [{"poi": no}]}, KEY) is None


@pytest.mark.parametrize(
    "coded", ["122 117 118 101 107", "7a:75:76:65:6b", "enZ1dmVr", "%7A%75%76%65%6B", "&#122;&#117;"]
)
def test_names_in_other_codes_do_not_stay(coded: str) -> None:
    record = {"id": 1, "name": "Zuvek", "poi": True, "tags": [coded, "lora"], "type": coded, "description": coded,
              "modelVersions": [{"id": 2, "name": coded, "baseModel": coded}]}  # fmt: skip
    result = people.pseudonymise(record, KEY)
    assert result is not None
    assert coded not in json.dumps(result)
    assert result["tags"] == ["lora"]


def test_a_flagged_example_image_goes_and_the_model_stays_what_it_is() -> None:
    image = {"url": "u", "poi": True, "meta": {"prompt": "photo of quenilda zorblatt"}}
    record = {"id": 5, "name": "Meadow Checkpoint", "type": "Checkpoint", "poi": False,
              "modelVersions": [{"id": 6, "name": "v1", "images": [image, {"url": "v"}]}]}  # fmt: skip
    made = people.pseudonymise(record, KEY)
    assert made == {**record, "modelVersions": [{"id": 6, "name": "v1", "images": []}]}
    record["modelVersions"][0]["images"] = [{"url": "v", "poi": False}]  # type: ignore[index]
    assert people.pseudonymise(record, KEY) is None
