"""Bytes to text: Chinese files come as UTF-8, GB18030, Big5 or UTF-16, and do not say which."""

import codecs
import re
from typing import Final

from ingest.errors import LoadError

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
# Nearly any bytes are valid GB18030, and most Big5 is. What tells them apart is that the right reading
# has the characters people use: the most frequent ones in both scripts, which make up half of any text.
_FREQUENT: Final = frozenset(
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种"
    "面而方后多定行学法所民得经十三之进着等部度家电力里如水化高自二理起小物现实加量都两体制机当使点从业本"
    "去把性好应开它合还因由其些然前外天政四日那社义事平形相全表间样与关各重新线内数正心反你明看原又利比或"
    "但质气第向道命此变条只没结解问意建月公无系军很情者最立代想已通并提直题党程展五果料象员革位入常文总次"
    "品式活设及管特件长求老头基资边流路级少图山统接知较将组见计别她手角期根论运农指几九区强放决西被干做必"
    "战先回则任取据处队南给色光门即保治北造百规热领七海口东导器压志世金增争济阶油思术极交受联什认六共权收"
    "证改清己美再采转更单风切打白教速花带安场身车例真务具万每目至达走积示议声报斗完类八离华名确才科张信马"
    "节话米整空元况今集温传土许步群广石记需段研界拉林律叫且究观越织装影算低持音众书布复容儿须际商非验连断"
    "深难近矿千周委素技备半办青省列习响约支般史感劳便团往酸历市克何除消构府称太准精值号率族维划选标写存候"
    "毛亲快效斯院查江型眼王按格养易置派层片始却专状育厂京识适属圆包火住调满县局照参红细引听该铁价严侨协章"
    "届秘纪董监席纳费款捐這爲個國時來們於對會發動過說產種後學經進電裏現實兩體機當點從業應開還義間樣與關線"
    "內數質氣變條沒結問無軍並題黨員總設長頭資邊級圖統較將組見計別論運農幾區強決幹戰則據處隊給門規熱領東導"
    "壓爭濟階術極聯認權證採轉單風帶場車務萬達積議聲報鬥類離華確張馬節話況溫傳許羣廣記觀織裝衆書覆兒須際驗"
    "連斷難礦備辦習響約勞團歷構稱準號維劃選標寫親養層卻專狀廠識適屬圓調滿縣參紅細聽該鐵價嚴僑協屆祕紀監納"
    "費"
)
# First bytes of the level of common characters, and of punctuation, in each standard.
_COMMON_LEAD: Final = {
    "gb18030": frozenset({0xA1, 0xA3, *range(0xB0, 0xD8)}),
    "big5hkscs": frozenset({0xA1, *range(0xA4, 0xC7)}),
}
_NOT_TEXT: Final = "This is not a text file. / 这不是文本文件。"
_SAMPLE: Final = 20_000  # characters


def decode(data: bytes) -> str:
    """Text of a file of unknown encoding: by its mark, as UTF-8, else by what makes common characters.

    A character cut in half at the end of the file is left out. Raises LoadError when the bytes are no text.
    """
    text = _decode(data)
    # A stray control character happens in old files; a binary file is full of them.
    controls = _CONTROL.findall(text)
    if "\x00" in controls or len(controls) > len(text) / 100:
        raise LoadError(_NOT_TEXT)
    return _CONTROL.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes) -> str:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    if b"\x00" in data:  # no text has it but UTF-16, in its digits and line ends
        return _utf16(data)
    text = _strict(data, "utf-8")
    if text is not None:
        return text
    readings = {encoding: _strict(data, encoding) for encoding in _COMMON_LEAD}
    scored = [(_plausibility(text, encoding), text) for encoding, text in readings.items() if text]
    score, text = max(scored, default=(0.0, ""))
    if score <= 0:
        raise LoadError(
            "The text encoding is unknown; save the file as UTF-8. / 无法识别文字编码，请另存为 UTF-8。"
        )
    return text


def _utf16(data: bytes) -> str:
    """UTF-16 without its mark, in the byte order that makes more ASCII and frequent characters."""
    texts = [_strict(data, encoding) or "" for encoding in ("utf-16-le", "utf-16-be")]
    familiar, text = max((_familiar(text[:_SAMPLE]), text) for text in texts)
    if familiar < 0.3:
        raise LoadError(_NOT_TEXT)
    return text


def _familiar(text: str) -> float:
    known = sum(" " <= character <= "~" or character in _FREQUENT for character in text)
    return known / max(1, len(text))


def _strict(data: bytes, encoding: str) -> str | None:
    """The text, short of a last character that is cut off; None if the bytes are not in this encoding."""
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(data, final=False)
    except UnicodeDecodeError:
        return None


def _plausibility(text: str, encoding: str) -> float:
    """How common the characters outside ASCII are: 2 all frequent, 1 all common, below 0 mostly rare."""
    characters = [character for character in text[:_SAMPLE] if character > "\x7f"]
    leads = _COMMON_LEAD[encoding]
    score = 0
    for character in characters:
        if character in _FREQUENT:
            score += 2
        else:
            score += 1 if character.encode(encoding)[0] in leads else -2
    return score / max(1, len(characters))
