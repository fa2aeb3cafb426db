"""Names as public screens show them, one function for text, voice, logs and pictures.

The policy: first and last character stay, the middle is starred; of two characters the second is
starred; a two-character surname is kept whole. In a Latin name each word keeps its first letter
and the name its last one, with one star for all that is between: `John Smith` is `J＊ S＊h`.
One Latin letter tells far less than one Han character, and nurses look for initials.
"""

import unicodedata

from smartward.clinical.birth_date import age_years as age_years

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
_SEPARATORS = frozenset("·•‧・.,'’-‐‑()（） \u00a0\u3000")


def masked_name(name: str) -> str:
    """`name` by the policy. A name of one character says no more than a surname and stays."""
    characters = _characters(unicodedata.normalize("NFC", " ".join(name.split())))
    if all(_is_han(character) or character.isspace() for character in characters):
        # Some systems pad short names with spaces so that columns align.
        characters = [character for character in characters if not character.isspace()]
    letters = [i for i, character in enumerate(characters) if not _is_separator(character)]
    if any(_is_han(characters[i]) for i in letters):
        return _mask_han(characters, letters)
    return _mask_words(characters, letters)


def _characters(text: str) -> list[str]:
    """What a reader takes for one character: a base with its combining marks and selectors."""
    characters: list[str] = []
    for character in text:
        if characters and unicodedata.category(character)[0] == "M":
            characters[-1] += character
        else:
            characters.append(character)
    return characters


def _is_separator(character: str) -> bool:
    return character in _SEPARATORS


def _is_han(character: str) -> bool:
    return unicodedata.name(character[0], "").startswith("CJK ")


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
    return "".join(masked)
