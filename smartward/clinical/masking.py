"""Names as each place may show them, one function for text, voice, logs, pictures and paper.

What a rule (`NameRule`) makes of a name:

- masked: first and last character stay, the middle is starred; of two characters the second is
  starred; a two-character surname is kept whole. Of words in letters each keeps its first letter
  and the name its last one, with one star for all that is between: `John Smith` is `J＊ S＊h`. One
  letter tells far less than one Han character, and nurses look for initials.
- family: the family name with a title where the sex is recorded as male or female, and the
  language has one that fits everybody (Chinese, English). A family name that the record does not
  tell is read off a Han name without `·` and guessed of no other: then nothing is shown.
- initials: the first letter of each word; of a name without words (Han, Hangul, Kana) the first
  character alone.

A person with an alias (a nickname, or the name given to somebody unknown or hidden) is called by
it, whole and without a title, under every rule but *full* and *none*; *initials* shortens it. In
public places even *full* says the alias. An alias that is part of the real name hides nothing and
is none. A protected person is named in no public place at all.

Names written from right to left come in a first-strong isolate, so that neither a star nor a full
stop changes its side in a sentence. Format characters that turn text round are never taken over.
"""

import unicodedata

from smartward.clinical.birth_date import age_years as age_years
from smartward.clinical.encounter import Patient, Sex
from smartward.clinical.name_policy import PUBLIC_PLACES, NamePlace, NamePolicy, NameRule

STAR = "＊"

_SURNAMES = """
欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊
赫连 澹台 皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文
司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正
宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 梁丘
左丘 西门 第五 南荣 东里 即墨 达奚 褚师 单于
歐陽 司馬 東方 獨孤 萬俟 聞人 諸葛 尉遲 赫連 澹臺 濮陽 公孫 仲孫 鍾離
長孫 鮮于 閭丘 子車 巫馬 顓孫 壤駟 樂正 穀梁 夾谷 軒轅 東郭 南門 西門
南榮 東里 達奚 褚師 單于
"""
"""Two-character surnames, simplified, then those whose traditional form differs."""

_COMPOUND_SURNAMES = frozenset(_SURNAMES.split())
_DOTS = frozenset("·•‧・")
_HYPHENS = frozenset("-‐‑")
_APOSTROPHES = frozenset("'’")
"""They stand within a word; what follows them is shown as if it began one."""

_JOINERS = frozenset("\u200c\u200d")
"""Part of the letters before them in some scripts; all other format characters are dropped."""

_FIRST_STRONG_ISOLATE, _POP_ISOLATE = "\u2068", "\u2069"

_SYLLABIC = ("CJK ", "HANGUL ", "HIRAGANA ", "KATAKANA ", "HALFWIDTH KATAKANA ")
"""How Unicode names the characters of scripts that write a name without spaces."""

_TITLES: dict[str, dict[Sex, str]] = {
    "zh": {Sex.MALE: "{}先生", Sex.FEMALE: "{}女士"},
    "en": {Sex.MALE: "Mr {}", Sex.FEMALE: "Ms {}"},
}
"""Titles that say nothing but a recorded sex, by the first part of a language tag."""


def shown_name(patient: Patient, rule: NameRule, language: str) -> str:
    """The name of a patient by a rule, at a place of the staff or opened by the patient; `name_at`
    knows the places that everybody can read. `language` is that of the reader (BCP 47 or `zh_CN`);
    only titles depend on it. Empty when there is nothing to show."""
    if rule is NameRule.NONE:
        return ""
    if rule is NameRule.FULL:
        return _isolated(_clean(patient.name))
    alias = _alias(patient)
    if rule is NameRule.INITIALS:
        return _isolated(_initials(alias or _clean(patient.name)))
    if alias:
        return _isolated(alias)
    if rule is NameRule.MASKED:
        return masked_name(patient.name)
    return _titled(family_name(patient), patient.sex, language)


def name_at(patient: Patient, policy: NamePolicy, place: NamePlace, language: str) -> str:
    """What of a patient's name a place may show under a policy; empty: nothing but the bed."""
    rule = policy.rule(place)
    if place not in PUBLIC_PLACES:
        return shown_name(patient, rule, language)
    if patient.protected:
        return ""
    alias = _alias(patient)
    if alias and rule is NameRule.FULL:
        return _isolated(alias)
    return shown_name(patient, rule, language)


def family_name(patient: Patient) -> str:
    """The family name alone, as far as it is known and is not the whole name; of a Han name of one
    character, that character. Aliases are left aside."""
    name, told = _clean(patient.name), _clean(patient.family)
    if told and len(_plain(told)) < len(_plain(name)):
        return _isolated(told)
    characters = [character for character in _characters(name) if not character.isspace()]
    if not characters or not all(_is_han(character) for character in characters):
        return ""
    surname = "".join(characters[:2])
    return surname if surname in _COMPOUND_SURNAMES and len(characters) > 2 else characters[0]


def masked_name(name: str) -> str:
    """`name` starred. A name of one character says no more than a surname and stays."""
    characters = _characters(_clean(name))
    if all(_is_han(character) or character.isspace() for character in characters):
        # Some systems pad short names with spaces so that columns align.
        characters = [character for character in characters if not character.isspace()]
    letters = [i for i, character in enumerate(characters) if not _is_separator(character)]
    if any(_is_han(characters[i]) for i in letters):
        return _isolated(_mask_han(characters, letters))
    return _isolated(_mask_words(characters, letters))


def same_name_key(name: str) -> str:
    """Equal for names that are the same to a reader: composed alike, without regard to case, width
    and space. Characters that only sound alike stay different."""
    folded = unicodedata.normalize("NFKC", _clean(name)).casefold()
    return "".join(folded.split()) if any(map(_is_han, folded)) else " ".join(folded.split())


def _alias(patient: Patient) -> str:
    alias = _clean(patient.alias)
    return "" if same_name_key(alias) in same_name_key(patient.name) else alias


def _clean(text: str) -> str:
    """Composed, with single spaces, and without what would steer the text around it."""
    kept = (
        character
        for character in unicodedata.normalize("NFC", " ".join(text.split()))
        if character in _JOINERS or unicodedata.category(character) not in ("Cc", "Cf", "Cs")
    )
    return " ".join("".join(kept).split())


def _plain(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _titled(family: str, sex: Sex, language: str) -> str:
    titles = _TITLES.get(language.replace("_", "-").split("-")[0].lower(), {})
    return titles.get(sex, "{}").format(family) if family else ""


def _isolated(text: str) -> str:
    """Within an isolate where anything is written from right to left."""
    right = any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)
    return f"{_FIRST_STRONG_ISOLATE}{text}{_POP_ISOLATE}" if right else text


def _characters(text: str) -> list[str]:
    """What a reader takes for one character: a base with its combining marks and selectors."""
    characters: list[str] = []
    for character in text:
        joins = character in _JOINERS or unicodedata.category(character)[0] == "M"
        if characters and joins:
            characters[-1] += character
        else:
            characters.append(character)
    return characters


def _is_separator(character: str) -> bool:
    """Punctuation and spaces: what is shown of every name as it stands."""
    return unicodedata.category(character[0])[0] in "PZ"


def _is_han(character: str) -> bool:
    return unicodedata.name(character[0], "").startswith("CJK ")


def _is_syllabic(character: str) -> bool:
    return unicodedata.name(character[0], "").startswith(_SYLLABIC)


def _initials(name: str) -> str:
    characters = _characters(name)
    syllabic = any(map(_is_syllabic, characters))
    stop = "" if syllabic else "."
    first: list[str] = []
    gap, starts_word = "", True
    for character in characters:
        if _is_separator(character) and character not in _APOSTROPHES:
            starts_word |= not syllabic or character in _DOTS
            gap = gap or (character if character in _DOTS | _HYPHENS else " ")
        elif starts_word and not _is_separator(character):
            first.append((gap if first else "") + character + stop)
            gap, starts_word = "", False
    letters = sum(not _is_separator(character) for character in characters)
    # Where each word is one letter, all of them would be the name.
    return "".join(first[:1] if len(first) == letters else first)


def _mask_han(characters: list[str], letters: list[int]) -> str:
    kept = {letters[0]}
    if len(letters) == 1:
        return "".join(characters)
    surname = characters[letters[0]] + characters[letters[1]]
    if surname in _COMPOUND_SURNAMES and len(letters) > 2:
        kept.add(letters[1])
    if len(letters) > len(kept) + 1:
        kept.add(letters[-1])
    return "".join(
        character if i in kept or _is_separator(character) else STAR
        for i, character in enumerate(characters)
    )


def _mask_words(characters: list[str], letters: list[int]) -> str:
    if len(letters) < 2:
        return "".join(characters)
    # Of a last word of two letters the second is all there is to hide.
    long_end = letters[-3:] == list(range(letters[-1] - 2, letters[-1] + 1))
    last = letters[-1] if long_end else -1
    masked: list[str] = []
    for i, character in enumerate(characters):
        starts_word = i == 0 or _is_separator(characters[i - 1])
        if _is_separator(character) or starts_word or i == last:
            masked.append(character)
        elif masked[-1] != STAR:
            masked.append(STAR)
    if STAR not in masked:  # each word is one letter: nothing shows a name of several whole
        masked[letters[-1]] = STAR
    return "".join(masked)
