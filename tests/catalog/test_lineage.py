from __future__ import annotations

from penstock.catalog.lineage import Edge, list_edges, set_parents
from penstock.core.names import Kind, ResourceName

HOURS = ResourceName(Kind.TABLE, "hours")
DAYS = ResourceName(Kind.VIEW, "Days")
DEMAND = ResourceName(Kind.MODEL, "demand")


def test_edges_are_those_of_the_last_build(catalog):
    set_parents(catalog, DEMAND, [HOURS, DAYS, ResourceName(Kind.TABLE, "HOURS")])
    set_parents(catalog, DAYS, [HOURS])
    assert [(str(edge.child), edge.parent.key) for edge in list_edges(catalog)] == [
        ("model demand", "hours"),
        ("model demand", "days"),
        ("view Days", "hours"),
    ]
    set_parents(catalog, DEMAND, [DAYS])
    assert list_edges(catalog) == [Edge(DEMAND, DAYS), Edge(DAYS, HOURS)]
    set_parents(catalog, DAYS, [])
    assert list_edges(catalog) == [Edge(DEMAND, DAYS)]
