"""What carries resources: pages of a search, and what a server says of itself."""

import msgspec
from msgspec import field

from smartward.his.fhir.elements import Element
from smartward.his.fhir.resources import Resource


class SearchInfo(Element):
    """Bundle.entry.search."""

    mode: str | None = None


class EntryRequest(Element):
    """Bundle.entry.request: in a history, what was done."""

    method: str = ""
    url: str = ""


class Entry(Element):
    """Bundle.entry: the resource stays raw, so that one bad one does not fail the page."""

    resource: msgspec.Raw = field(default_factory=lambda: msgspec.Raw(b""))
    search: SearchInfo | None = None
    request: EntryRequest | None = None


class Link(Element):
    """Bundle.link."""

    relation: str = ""
    url: str = ""


class Bundle(Resource):
    """A page of a search."""

    link: tuple[Link, ...] = ()
    entry: tuple[Entry, ...] = ()


class SearchParam(Element):
    """CapabilityStatement.rest.resource.searchParam."""

    name: str = ""


class Interaction(Element):
    """CapabilityStatement.rest.resource.interaction."""

    code: str = ""


class RestResource(Element):
    """CapabilityStatement.rest.resource."""

    type: str = ""
    interaction: tuple[Interaction, ...] = ()
    versioning: str | None = None
    search_param: tuple[SearchParam, ...] = ()
    update_create: bool = False
    conditional_create: bool = False


class RestServer(Element):
    """CapabilityStatement.rest."""

    mode: str = ""
    resource: tuple[RestResource, ...] = ()


class Software(Element):
    """CapabilityStatement.software."""

    name: str = ""
    version: str | None = None


class CapabilityStatement(Resource):
    """CapabilityStatement."""

    fhir_version: str | None = None
    software: Software | None = None
    rest: tuple[RestServer, ...] = ()
