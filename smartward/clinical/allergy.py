"""Allergies as they are coded (FHIR AllergyIntolerance), and which of them an order touches.

Only what is equal is a match: a code of one system, the same ATC class or one below it, or an
ingredient of the same name. Nothing is guessed from likeness.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

ATC = ("http://www.whocc.no/atc", "urn:oid:2.16.840.1.113883.6.73")
"""The code system of the Anatomical Therapeutic Chemical classification, by its two names."""
_ATC_CLASS = 3
"""An ATC code is a prefix of those below it; shorter than `J01` it names no allergy."""


class Criticality(StrEnum):
    """AllergyIntolerance.criticality; where nobody told it, it is not known to be low."""

    LOW = "low"
    HIGH = "high"
    UNKNOWN = "unable-to-assess"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allergy:
    """One allergy in force: active or with no clinical status, neither refuted nor entered in
    error. `codes` are `system|code`, `names` the record's words."""

    id: str
    codes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    criticality: Criticality = Criticality.UNKNOWN


def touches(allergy: Allergy, codes: Iterable[str], names: Iterable[str]) -> bool:
    """Whether something with these codes and names holds what the allergy is to."""
    mine, theirs = set(allergy.codes), set(codes)
    if mine & theirs:
        return True
    classes = _atc(mine)
    if any(code.startswith(one) for one in classes for code in _atc(theirs)):
        return True
    known = {part for name in allergy.names for part in ingredients(name)}
    return any(part in known for name in names for part in ingredients(name))


def _atc(codes: Iterable[str]) -> list[str]:
    parts = (one.partition("|") for one in codes)
    found = (code.strip().upper() for system, _, code in parts if system in ATC)
    return [code for code in found if len(code) >= _ATC_CLASS]


_BETWEEN = re.compile(r"[+/、,，;；＋&]|\band\b|\bwith\b|和")
_STRENGTH = re.compile(
    r"(?<![a-z\d])\d+(?:\.\d+)?\s*(?:%|mg|µg|μg|ug|mcg|g|kg|ml|l|iu|u|单位|万单位|毫克|微克|克|毫升|片|粒|支|袋)?"
    r"(?:/\s*\d*\s*(?:ml|l|h|d|片|支|毫升))?(?![a-z])"
)
_NOTE = re.compile(r"\([^)]*\)|\[[^\]]*\]|【[^】]*】")
_FORMS = (
    "by mouth", "orally", "intravenously", "静脉滴注", "静脉注射", "静脉泵入", "静滴", "静推",
    "肌内注射", "肌注", "皮下注射", "口服", "外用", "雾化吸入", "po", "iv", "im", "sc",
    "for injection", "injections", "injection", "oral solution", "solution", "suspension",
    "tablets", "tablet", "capsules", "capsule", "syrup", "cream", "ointment", "inhaler",
    "粉针剂", "注射剂", "注射液", "口服液", "口服溶液", "缓释片", "肠溶片", "分散片", "胶囊",
    "颗粒", "软膏", "乳膏", "糖浆", "片", "针",
)  # fmt: skip
_SAID = (
    "allergy to", "allergic to", "intolerance to", "hypersensitivity to", "allergy", "intolerance",
    "hypersensitivity", "过敏史", "过敏", "不耐受", "类药物", "类",
)  # fmt: skip
_METALS = ("二钠", "钠", "二钾", "钾", "钙", "镁")
_ACIDS = (
    "盐酸", "硫酸氢", "硫酸", "磷酸", "醋酸", "乳酸", "琥珀酸", "富马酸", "马来酸", "重酒石酸",
    "酒石酸", "枸橼酸", "甲磺酸", "苯磺酸", "氢溴酸",
)  # fmt: skip
_SALTS = (
    " sodium", " disodium", " potassium", " calcium", " magnesium", " hydrochloride", " hcl",
    " sulfate", " sulphate", " phosphate", " acetate", " lactate", " succinate", " fumarate",
    " maleate", " tartrate", " citrate", " mesylate", " besylate", " hydrobromide",
)  # fmt: skip
_IONS = (
    "氯化", "溴化", "碘化", "氟化", "氧化", "碳酸", "碳酸氢", "硝酸", "亚硫酸", "硫代硫酸",
    "葡萄糖酸", "谷氨酸", "门冬氨酸", "甘油磷酸", "柠檬酸", "乙酸", "磷酸氢", "磷酸二氢",
)  # fmt: skip
"""Of 氯化钠 the salt is what it is."""
_ONLY_SALT = {
    *_ACIDS, "复方", "sodium", "potassium", "calcium", "magnesium", "aluminium", "aluminum",
    "lithium",
}  # fmt: skip
"""What would be left of sodium citrate."""
_PENICILLIN = re.compile(r"(青霉素|penicillin) ?[gv]")
_SAYS = re.compile(r"(?:过敏史?|不耐受)$")
"""The end of a Chinese text, or of a part of it, that says that it is an allergy."""
_TO = re.compile(r"(?:患者|病人|既往|曾)*[对有](.+)")
"""What such a text begins with. 对 begins names of medicines, too: both readings count."""


@lru_cache(maxsize=4096)
def ingredients(text: str) -> frozenset[str]:
    """The names of the ingredients in a text, as they are compared: without strength, form, salt,
    and the words that say that it is an allergy; width and case are of no account. Where such a
    word may be the beginning of a name as well, with it and without it."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = _STRENGTH.sub(" ", _NOTE.sub(" ", plain)).strip()
    parts = [" ".join(part.split()) for part in _BETWEEN.split(plain)]
    found = {_bare(part) for part in parts}
    for part in parts:
        to = _TO.fullmatch(part)
        if to is not None and (_SAYS.search(part) or _SAYS.search(plain)):
            found.add(_bare(to[1]))
    return frozenset(part for part in found if len(part) > 1)


def _bare(part: str) -> str:
    for word in _SAID:
        part = part.removeprefix(word).removesuffix(word).strip()
    part = part.removeprefix("注射用").strip()
    for word in _FORMS:
        part = part.removesuffix(word).strip()
    part = _without_salt(part)
    penicillin = _PENICILLIN.fullmatch(part)
    return part if penicillin is None else penicillin[1]


def _without_salt(part: str) -> str:
    """A medicine is the same whichever salt it is given as."""
    before = ""
    while before != part:
        before = part
        for word in (*_METALS, *_SALTS, *_ACIDS):
            rest = part.removesuffix(word)
            if len(rest) > 1 and rest not in _ONLY_SALT and not rest.endswith(_IONS):
                part = rest
        for word in _ACIDS:
            rest = part.removeprefix(word)
            if len(rest) > 1 and not rest.startswith((*_METALS, "菌")):
                part = rest
    return part
