"""A first look at a FHIR server."""

from smartward.errors import Refused
from smartward.his.fhir import server
from smartward.his.fhir.subscription import offer
from smartward.his.http import Http


class FhirLook:
    """`Look` over FHIR R4."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def meet(self) -> None:
        """See Look."""
        await server.meet(self._http)

    async def wards(self) -> list[server.Candidate]:
        """See Look."""
        return await server.wards(self._http)

    async def hints(self) -> bool:
        """See Look."""
        try:
            return offer((await self._http.get("metadata")).body).there
        except Refused:
            return False

    async def close(self) -> None:
        """See Look."""
        await self._http.close()
