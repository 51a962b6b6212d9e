from __future__ import annotations

import gettext
import re
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.evidence.intervals import wilson
from headgate.normalise import canonical
from headgate.tables import rows
from headgate.texts.chinese_forms import _RADICALS, restored
from headgate.texts.decode import deobfuscated

FORMS = rows("chinese_forms.csv")
VARIANTS = rows("chinese_variants.csv")
LOCALES = Path("/usr/share/locale")


def test_the_table_is_sound() -> None:
    forms = [row["form"] for row in FORMS]
    assert len(forms) >= 150
    assert len(set(forms)) == len(forms)
    assert {row["kind"] for row in FORMS} == {"homophone", "shape", "split", "pinyin"}
    for row in FORMS:
        assert row["form"] == canonical(row["form"])
        assert row["form"] != row["reads"]
        assert row["reads"] not in forms  # one step is enough
    for row in VARIANTS:
        assert row["kind"] == "simplified" or len(row["forms"]) == len(row["reads"])


@pytest.mark.parametrize("row", FORMS, ids=[row["form"] for row in FORMS])
def test_each_form_is_restored_in_a_sentence(row: dict[str, str]) -> None:
    text, found = restored(f"请看「{row['form']}」一下")
    assert text == f"请看「{row['reads']}」一下"
    assert [(change.seen, change.read, change.kind) for change in found] == [(row["form"], row["reads"], row["kind"])]


@pytest.mark.parametrize(
    ("text", "read", "kinds"),
    [
        ("加我薇信聊", "加我微信聊", ["homophone"]),
        ("安徽信息网", "安徽信息网", []),  # 徽信 stands in it
        ("他自己经常去", "他自己经常去", []),  # and 己经
        ("草木有情", "草木有情", []),
        ("我加wei信了", "我加微信了", ["pinyin"]),
        ("看 taobao.com 的网页", "看 taobao.com 的网页", []),  # an address
        ("窝亻门走吧", "我们走吧", ["split", "homophone"]),  # one inside the other
        ("亻尔女子吗", "你女子吗", ["split"]),
        ("\u2e85尔好", "你好", ["split"]),  # a radical of its own block
        ("我们\u200b明天\u200d见", "我们明天见", ["invisible", "invisible"]),
        ("今*天*天*气很好", "今天天气很好", ["spaced"]),
        ("今-天-天-气", "今天天气", ["spaced"]),
        ("北京-上-海-路", "北京-上-海-路", []),
        ("今 天 天 气 好", "今天天气好", ["spaced"]),
        ("东 南 西 北", "东 南 西 北", []),
        ("这个問题很难说清楚", "这个问题很难说清楚", ["traditional"]),
        ("這個問題很難說清楚", "這個問題很難說清楚", []),  # wholly traditional
        ("揷图", "插图", ["variant"]),
        ("彼は氣をつけて", "彼は氣をつけて", []),  # Japanese
        ("漢字 한국어 揷", "漢字 한국어 揷", []),
        ("plain text", "plain text", []),
        ("", "", []),
    ],
)
def test_undoes_what_can_only_be_a_disguise(text: str, read: str, kinds: list[str]) -> None:
    out, found = restored(text)
    assert out == read
    assert [change.kind for change in found] == kinds


def test_full_width_and_compatibility_characters_are_undone_by_the_whole() -> None:
    assert deobfuscated("ｗｅｉ信，\u2f6b\uf900") == "wei信,皿豈".replace("wei信", "微信")


@pytest.mark.skipif(not [*LOCALES.glob("zh_*/LC_MESSAGES/*.mo")], reason=f"no Chinese translations under {LOCALES}")
def test_ordinary_sentences_stay() -> None:
    sentences = set()
    for path in sorted(LOCALES.glob("zh_*/LC_MESSAGES/*.mo")):
        with path.open("rb") as file:
            told = gettext.GNUTranslations(file)
        texts = [v for k, v in vars(told)["_catalog"].items() if k and isinstance(v, str)]
        sentences |= {v for v in texts if len(re.findall("[\u4e00-\u9fff]", v)) >= 6}
        if len(sentences) > 5_000:
            break
    if len(sentences) < 1_000:
        pytest.skip(f"only {len(sentences)} Chinese sentences here")
    changed = sum(bool(restored(unicodedata.normalize("NFKC", text).casefold())[1]) for text in sentences)
    ends = wilson(changed, len(sentences))
    assert ends is not None
    assert ends[1] <= 0.01


@given(st.text(alphabet="我们你草木有微信薇wei亻尔 -*問题\u200b\u2e85", max_size=30))
def test_any_text_is_read_and_changes_are_told(text: str) -> None:
    out, found = restored(text)
    assert (out == text) == (not found) or out == text.translate(_RADICALS)


@pytest.mark.parametrize("text", ["天-" * 200_000, "天 " * 200_000 + "天a", "天-天 " * 100_000, "薇信" * 200_000])
def test_a_long_text_costs_no_square(text: str) -> None:
    began = time.perf_counter()
    restored(text)
    assert time.perf_counter() - began < 30  # minutes, where each place looks at all the rest


def test_a_row_of_characters_may_begin_second_where_the_first_ends_a_word() -> None:
    assert restored("x天-天-天-天-天")[0] == "x天-天天天天"
    assert restored("天-天-天-天-天-")[0] == "天-天-天-天-天-"
