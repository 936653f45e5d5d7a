"""The column that an endpoint's requests stay with, held against what its model takes."""

from __future__ import annotations

from penstock.core.errors import InvalidOption
from penstock.core.events import Noticed
from penstock.core.names import Kind, ResourceName, nearest_name
from penstock.core.spans import Span
from penstock.engine.session import Session
from penstock.learn.manifest import Manifest
from penstock.learn.related_feature import asked_inputs
from penstock.learn.schema import FeatureType

# A list is no key: no two rows that mean the same need have the same one.
_LISTS = frozenset({FeatureType.STRING_LIST, FeatureType.NUMBER_LIST, FeatureType.SPARSE_VECTOR})


def look_at_sticky(session: Session, endpoint: str, column: str, manifest: Manifest, span: Span | None) -> None:
    """Tell when no row holds the column that requests are to stay with, so that they must bring its value beside them.

    Raises InvalidOption for a column of lists.
    """
    inputs = {found.name.casefold(): found for found in asked_inputs(manifest.inputs, manifest.details)}
    found = inputs.get(column.casefold())
    if found is None:
        near = nearest_name(column, [known.name for known in inputs.values()])
        message = f'sticky_by {column!r} is no column of the model: requests bring its value as "key".'
        hint = f" Did you mean {near!r}?" if near else ""
        session.listener(Noticed(str(ResourceName(Kind.ENDPOINT, endpoint)), f"{message}{hint}"))
    elif found.type in _LISTS:
        message = f"Endpoint {endpoint} cannot be sticky by {found.name!r}, a column of lists."
        raise InvalidOption.of(message, span=span, hint="A key is a text, a number or a moment.")
