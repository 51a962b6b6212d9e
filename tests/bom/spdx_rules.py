"""The SHACL shapes and the JSON-LD context of SPDX 3.0.1, rebuilt from the bindings that SPDX generates from its model.

`spdx-python-model` is generated from the published spdx-model.ttl: its classes hold each constraint of it (class,
data type, least and most count, pattern, listed values, abstract classes, kinds of node). Here they become shapes
again, so that a SHACL processor can check documents with no network and no file of SPDX in this repository.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import rdflib
import spdx_python_model.bindings.v3_0_1.model as bindings
from rdflib import OWL, RDF, RDFS, SH, XSD, BNode, Literal, URIRef
from rdflib.collection import Collection

_DATATYPES = {
    bindings.StringProp: XSD.string,
    bindings.AnyURIProp: XSD.anyURI,
    bindings.DateTimeStampProp: XSD.dateTimeStamp,
    bindings.DateTimeProp: XSD.dateTime,
    bindings.BooleanProp: XSD.boolean,
    bindings.FloatProp: XSD.decimal,
    bindings.IntegerProp: XSD.integer,
    bindings.NonNegativeIntegerProp: XSD.nonNegativeInteger,
    bindings.PositiveIntegerProp: XSD.positiveInteger,
}
_CORE = "https://spdx.org/rdf/3.0.1/terms/Core/"
_KINDS = {"BlankNode": SH.BlankNode, "IRI": SH.IRI, "BlankNodeOrIRI": SH.BlankNodeOrIRI}


def classes() -> dict[str, Any]:
    """Every class of the model by its IRI."""
    found = [one for one in vars(bindings).values() if isinstance(one, bindings.SHACLObjectMeta)]
    return {one._TYPE: one for one in found if one._TYPE}


def _own(cls: Any) -> list[Any]:
    inherited = {iri for base in cls.__mro__[1:] for iri in getattr(base, "_OBJ_IRI_PROPS", {})}
    return [prop for iri, prop in cls._OBJ_IRI_PROPS.items() if iri not in inherited and iri.startswith("https://")]


def _type(prop: Any) -> Any:
    return prop.reg() if prop.prop is None else prop.prop


@cache
def shapes() -> rdflib.Graph:
    graph = rdflib.Graph()
    made = _creation_of_the_model(graph)
    for iri, cls in classes().items():
        node = URIRef(iri)
        graph.add((node, RDF.type, OWL.Class))
        graph.add((node, RDF.type, SH.NodeShape))
        graph.add((node, SH.nodeKind, _KINDS[cls.NODE_KIND.name]))
        for base in cls.__bases__:
            if getattr(base, "_TYPE", None):
                graph.add((node, RDFS.subClassOf, URIRef(base._TYPE)))
        for individual in cls.NAMED_INDIVIDUALS.values():
            graph.add((URIRef(individual), RDF.type, node))
            graph.add((URIRef(individual), RDF.type, OWL.NamedIndividual))
            if issubclass(cls, bindings.Element):
                graph.add((URIRef(individual), URIRef(_CORE + "creationInfo"), made))
        if cls.IS_ABSTRACT:
            shape, inner = BNode(), BNode()
            graph.add((node, SH.property, shape))
            graph.add((shape, SH.path, RDF.type))
            graph.add((shape, SH["not"], inner))
            graph.add((inner, SH.hasValue, node))
        for prop in _own(cls):
            _add_property(graph, node, prop)
    return graph


def _creation_of_the_model(graph: rdflib.Graph) -> URIRef:
    """The elements that the model itself defines were made too, which each element has to say."""
    node = URIRef("https://spdx.org/rdf/3.0.1/creationInfo_NoAssertionElement")
    graph.add((node, RDF.type, URIRef(_CORE + "CreationInfo")))
    graph.add((node, URIRef(_CORE + "specVersion"), Literal("3.0.1")))
    graph.add((node, URIRef(_CORE + "createdBy"), URIRef(_CORE + "SpdxOrganization")))
    graph.add((node, URIRef(_CORE + "created"), Literal("2024-11-22T03:00:01Z", datatype=XSD.dateTimeStamp)))
    return node


def _add_property(graph: rdflib.Graph, node: URIRef, prop: Any) -> None:
    shape, kind = BNode(), _type(prop)
    graph.add((node, SH.property, shape))
    graph.add((shape, SH.path, URIRef(prop.iri)))
    if prop.min_count:
        graph.add((shape, SH.minCount, Literal(prop.min_count)))
    if isinstance(kind, bindings.ListProp):
        kind = kind.prop
        if prop.max_count:
            graph.add((shape, SH.maxCount, Literal(prop.max_count)))
    else:
        graph.add((shape, SH.maxCount, Literal(1)))
    if isinstance(kind, bindings.EnumProp):
        values = BNode()
        Collection(graph, values, [URIRef(iri) for iri, _ in kind.context])
        graph.add((shape, SH["in"], values))
        graph.add((shape, SH.nodeKind, SH.IRI))
    elif isinstance(kind, bindings.ObjectProp):
        graph.add((shape, SH["class"], URIRef(kind.cls._TYPE)))
        graph.add((shape, SH.nodeKind, SH.BlankNodeOrIRI))
    else:
        graph.add((shape, SH.datatype, _DATATYPES[type(kind)]))
        graph.add((shape, SH.nodeKind, SH.Literal))
        if kind.pattern:
            graph.add((shape, SH.pattern, Literal(kind.pattern)))


@cache
def context() -> dict[str, Any]:
    """The terms of spdx-context.jsonld: what JSON names mean, and of what type their values are."""
    terms: dict[str, Any] = {"spdxId": "@id", "type": "@type"}
    for iri, cls in classes().items():
        terms[cls._COMPACT_TYPE] = iri
        for prop in _own(cls):
            terms[prop.compact] = _term(prop)
    for cls in classes().values():
        for prop in _own(cls):
            kind = _type(prop)
            kind = kind.prop if isinstance(kind, bindings.ListProp) else kind
            if isinstance(kind, bindings.ObjectProp):
                terms.update({name: iri for iri, name in kind.context or ()})
    return terms


def _term(prop: Any) -> dict[str, Any]:
    kind = _type(prop)
    kind = kind.prop if isinstance(kind, bindings.ListProp) else kind
    if isinstance(kind, bindings.EnumProp):
        base = kind.context[0][0].rpartition("/")[0] + "/"
        return {"@id": prop.iri, "@type": "@vocab", "@context": {"@vocab": base}}
    if isinstance(kind, bindings.ObjectProp):
        return {"@id": prop.iri, "@type": "@vocab"}
    return {"@id": prop.iri, "@type": str(_DATATYPES[type(kind)])}


def graph_of(*documents: dict[str, Any]) -> rdflib.Graph:
    """The documents as one RDF graph; their ids are their own, so that they do not meet."""
    graph = rdflib.Graph()
    for document in documents:
        graph.parse(data={**document, "@context": context()}, format="json-ld")
    return graph


def errors(*documents: dict[str, Any]) -> list[str]:
    """What SHACL says against the documents, one line for each result; empty where they conform."""
    import pyshacl

    conforms, results, _ = pyshacl.validate(graph_of(*documents), shacl_graph=shapes(), ont_graph=shapes())
    if conforms:
        return []
    return sorted(
        " ".join(str(results.value(one, what)) for what in (SH.focusNode, SH.resultPath, SH.value, SH.resultMessage))
        for one in results.subjects(RDF.type, SH.ValidationResult)
    )


def unknown_names(document: dict[str, Any]) -> list[str]:
    """JSON names that the class of their object does not have: RDF drops those without a word."""
    by_name = {cls._COMPACT_TYPE: cls for cls in classes().values()}
    problems = []
    waiting: list[Any] = list(document["@graph"])
    while waiting:
        one = waiting.pop()
        if not isinstance(one, dict):
            continue
        cls = by_name[one["type"]]
        known = {prop.compact for base in cls.__mro__ for prop in getattr(base, "_OBJ_IRI_PROPS", {}).values()}
        problems += [f"{one['type']} has no {name}" for name in one.keys() - known - {"type", "spdxId", "@id"}]
        for value in one.values():
            waiting.extend(value if isinstance(value, list) else [value])
    return sorted(problems)
