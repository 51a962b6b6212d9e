from __future__ import annotations

from dataclasses import fields

from headgate.repair.shapes import Check
from headgate.web import repair_shapes
from headgate.web.repair_shapes import Removal, RepairPage, Trace


def test_items_are_counted_and_have_no_field() -> None:
    kinds = {field.name: field.type for shape in (Trace, Removal) for field in fields(shape)}
    assert kinds["items"] in ("int", "int | None")
    assert kinds["bins"] == "tuple[tuple[float, int], ...]"
    assert not {"ids", "forget", "ranked"} & {field.name for field in fields(RepairPage)}


def test_checks_are_those_of_a_record() -> None:
    assert repair_shapes.Check is Check
