"""A hospital in GNU Health, made over its JSON-RPC: the same calls for the real and the fake."""

import itertools
from datetime import date, datetime, timedelta
from typing import Any

from smartward.clock import Clock
from smartward.config import Settings
from smartward.his.connect import connect
from smartward.his.gnuhealth.client import GnuHealthHis
from smartward.his.gnuhealth.rpc import Rpc, moment

Json = dict[str, Any]
STAY = "gnuhealth.inpatient.registration"
ROUNDING = "gnuhealth.patient.rounding"
ORDER = "gnuhealth.inpatient.medication"
DOSE = "gnuhealth.inpatient.medication.log"
DIET = "gnuhealth.inpatient.diet"
MEAL = "gnuhealth.inpatient.meal.order"
_NUMBERS = itertools.count(1)
"""Wards and drugs have names of their own in a house that several tests share."""


def day(one: date) -> Json:
    return {"__class__": "date", "year": one.year, "month": one.month, "day": one.day}


def of_day(hour: int, minute: int = 0) -> Json:
    parts = {"hour": hour, "minute": minute, "second": 0, "microsecond": 0}
    return {"__class__": "time", **parts}


class Site:
    """One hospital; each `ward` is another one of it."""

    def __init__(self, url: str, login: tuple[str, str], clock: Clock, *, real: bool) -> None:
        self.url, self.login, self.clock, self.real = url, login, clock, real
        self.rpc = Rpc(url, login[0], lambda: login[1])
        self.institution = 1

    async def make(self, model: str, **values: Any) -> int:
        made: list[int] = await self.rpc.model(model, "create", [values])
        return made[0]

    async def one(self, model: str, *clause: Any) -> int:
        """The first record of which the clause is true."""
        found = await self.rpc.model(model, "search", [list(clause)] if clause else [], 0, 1, None)
        return int(found[0])

    def now(self) -> datetime:
        return self.clock.now().replace(microsecond=0)

    async def furnish(self) -> None:
        """House, company, and the nurse whose user this is."""
        place = await self.make("party.party", name="General", is_institution=True,
                                fed_country="CHN")  # fmt: skip
        self.institution = await self.make(
            "gnuhealth.institution",
            party=place,
            code="GH",
            institution_type="hospital",
            public_level="public",
        )
        if self.real:
            await self._company(place)
        nurse = await self.make(
            "party.party", name="薇", lastname="李", gender="f", is_person=True,
            is_healthprof=True, fed_country="CHN", internal_user=1,
        )  # fmt: skip
        professional = await self.make(
            "gnuhealth.healthprofessional", party=nurse, institution=self.institution
        )
        nursing = await self.one("gnuhealth.specialty", "code", "=", "NURSING")
        await self.make(
            "gnuhealth.hp_specialty", healthprof=professional, specialty=nursing, mainsp=True
        )
        self.illness = await self.make("gnuhealth.pathology", code="K35", name="Appendicitis")

    async def _company(self, party: int) -> None:
        money = await self.make("currency.currency", name="Yuan", code="CNY", symbol="Y",
                                numeric_code="156", digits=2)  # fmt: skip
        # GNU Health compares a date in UTC with one of the company's zone: in UTC they agree.
        company = await self.make("company.company", party=party, currency=money, timezone="UTC")
        await self.rpc.model("res.user", "write", [1],
                             {"companies": [["add", [company]]], "company": company})  # fmt: skip
        self.rpc = Rpc(self.url, self.login[0], lambda: self.login[1])

    async def ward(self, *numbers: str, unit: int | None = None) -> "Ward":
        """A ward with beds of these numbers."""
        name = f"W{next(_NUMBERS)}"
        more = {"unit": unit} if unit is not None else {}
        id = await self.make("gnuhealth.hospital.ward", name=name, institution=self.institution,
                             number_of_beds=9, **more)  # fmt: skip
        ward = Ward(self, id, name)
        for number in numbers:
            await ward.bed(number)
        return ward

    async def product(self, name: str, **more: Any) -> int:
        unit = await self.one("product.uom", "name", "=", "Unit")
        price = {"__class__": "Decimal", "decimal": "1"}
        template = await self.make(
            "product.template", name=name, type="goods", default_uom=unit, list_price=price
        )
        return await self.make("product.product", template=template, **more)

    async def close(self) -> None:
        await self.rpc.close()


class Ward:
    """One ward of the hospital."""

    def __init__(self, site: Site, id: int, name: str) -> None:
        self.site, self.id, self.name = site, id, name
        self.beds: dict[str, int] = {}

    def his(self, ward: str = "", **settings: Any) -> GnuHealthHis:
        """A client of its own, built of settings as the hub's is."""
        given = {"his_url": self.site.url, "his_user": self.site.login[0], **settings}
        his = connect(
            Settings(his_kind="gnuhealth", his_auth="basic", his_ward=ward or str(self.id),
                     **given),
            self.site.clock,
        )  # fmt: skip
        assert isinstance(his, GnuHealthHis)
        return his

    async def bed(self, number: str) -> int:
        product = await self.site.product(number, is_bed=True)
        self.beds[number] = await self.site.make(
            "gnuhealth.hospital.bed", product=product, institution=self.site.institution,
            ward=self.id,
        )  # fmt: skip
        return self.beds[number]

    async def person(self, name: str, lastname: str, **more: Any) -> int:
        told = {"gender": "f", "dob": day(date(1950, 1, 2)), **more}
        party = await self.site.make("party.party", name=name, lastname=lastname, is_person=True,
                                     is_patient=True, fed_country="CHN", **told)  # fmt: skip
        return await self.site.make("gnuhealth.patient", party=party)

    async def expect(self, patient: int, bed: str) -> int:
        """A confirmed stay: the bed is reserved."""
        now = self.site.now()
        stay = await self.site.make(
            STAY, patient=patient, admission_type="routine", hospitalization_date=moment(now),
            discharge_date=moment(now + timedelta(days=5)), bed=self.beds[bed],
            admission_reason=self.site.illness,
        )  # fmt: skip
        await self.site.rpc.model(STAY, "confirmed", [stay])
        return stay

    async def admit(self, patient: int, bed: str) -> int:
        stay = await self.expect(patient, bed)
        await self.site.rpc.model(STAY, "admission", [stay])
        return stay

    async def somebody(self, bed: str) -> int:
        """A stay of a patient about whom nothing is special."""
        return await self.admit(await self.person("明", "周"), bed)

    async def transfer(self, stay: int, bed: int) -> None:
        """As GNU Health's own dialogue does it."""
        wizard = "wizard.gnuhealth.bed.transfer.create"
        rpc = self.site.rpc
        session, *_ = await rpc.call(f"{wizard}.create", rpc.context)
        about = {"active_id": stay, "active_ids": [stay], "active_model": STAY}
        told = {"start": {"newbed": bed, "reason": "moved", "orig_bed_state": "to_clean"}}
        await rpc.call(f"{wizard}.execute", session, told, "create_bed_transfer",
                       {**rpc.context, **about})  # fmt: skip

    async def discharge(self, stay: int) -> None:
        why = {"discharge_reason": "home", "discharge_dx": self.site.illness}
        await self.site.rpc.model(STAY, "write", [stay], why)
        await self.site.rpc.model(STAY, "discharge", [stay])

    async def round(self, stay: int, **values: Any) -> int:
        at = values.pop("at", self.site.now())
        return await self.site.make(ROUNDING, registration=stay, evaluation_start=moment(at),
                                    **values)  # fmt: skip

    async def order(self, stay: int, *hours: int, **more: Any) -> int:
        """A medicine of 0.5 mg at these hours of the day."""
        site = self.site
        name = f"Digoxin {next(_NUMBERS)}"
        drug = await site.make("gnuhealth.medicament", product=await site.product(
            name, is_medicament=True), active_component="Digoxin")  # fmt: skip
        told: Json = {
            "start_treatment": moment(site.now() - timedelta(days=2)), "dose": 0.5, "qty": 1,
            "dose_unit": await site.one("gnuhealth.dose.unit", "name", "=", "mg"),
            "route": await site.one("gnuhealth.drug.route"),
            "form": await site.one("gnuhealth.drug.form"),
            "admin_times": [["create", [{"admin_time": of_day(hour)} for hour in hours]]],
        }  # fmt: skip
        return await site.make(ORDER, registration=stay, medicament=drug, **told | more)

    async def give(self, order: int, at: datetime) -> int:
        return await self.site.make(DOSE, medication=order, admin_time=moment(at))

    async def eat(self, stay: int, code: str) -> int:
        diet = await self.site.one("gnuhealth.diet.therapeutic", "code", "=", code)
        return await self.site.make(DIET, registration=stay, diet=diet)

    async def dish(self, name: str) -> int:
        product = await self.site.product(name)
        return await self.site.make("gnuhealth.inpatient.meal", meal=product,
                                    institution=self.site.institution)  # fmt: skip

    async def meal(self, stay: int, mealtime: str, at: datetime, *dishes: int) -> int:
        """Entered; `generate` orders it."""
        order = await self.site.make(MEAL, registration=stay, mealtime=mealtime,
                                     order_date=moment(at))  # fmt: skip
        for dish in dishes:
            await self.site.make(f"{MEAL}.item", meal_order=order, meal=dish)
        return order

    async def press(self, model: str, id: int, button: str) -> None:
        await self.site.rpc.model(model, button, [id])

    async def delete(self, model: str, id: int) -> None:
        await self.site.rpc.model(model, "delete", [id])

    async def write(self, model: str, id: int, **values: Any) -> None:
        await self.site.rpc.model(model, "write", [id], values)
