"""Charsets of Vietnamese that Python has no codec for: VISCII (RFC 1456) and TCVN 5712:1993, as Unix mail wrote them.

Vietnamese has more letters than eight bits have room for beyond ASCII: both write capitals in place of controls.
"""

from collections.abc import Mapping


def _table(controls: bytes, letters: str, high: str) -> str:
    """The letter of each octet: ASCII, but `letters` in place of `controls`, and the upper half."""
    instead = dict(zip(controls, letters, strict=True))
    return "".join(instead.get(octet, chr(octet)) for octet in range(0x80)) + high


_VISCII = _table(
    b"\x02\x05\x06\x14\x19\x1e",
    "ẲẴẪỶỸỴ",
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ",
)
_TCVN = _table(
    b"\x01\x02\x04\x05\x06\x11\x12\x13\x14\x15\x16\x17",
    "ÚỤỪỬỮỨỰỲỶỸÝỴ",
    "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ\u00a0ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴ"
    "ẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵỐ",
)

TABLES: Mapping[str, str] = {"viscii": _VISCII, "tcvn": _TCVN}
"""By the names that `mail.charsets.labels` gives them; for `codecs.charmap_decode`."""
