"""A figure as a source document prints it, with its value and unit."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, model_serializer, model_validator

from knowledge.text import Language

_FORM = re.compile(r"(?P<sign>[+-]?)(?P<number>\d+(?:\.\d+)?(?:[:/]\d+(?:\.\d+)?)?)(?P<scale>[万亿]?)(?P<unit>\D*)")
_SCALES = {"": 1.0, "万": 1e4, "亿": 1e8}
_UNITS_EN = {
    "": "",
    "%": "%",
    "个百分点": " points",
    "分": " points",
    "倍": " times",
    "分钟": " minutes",
    "小时": " hours",
    "天": " days",
    "次": " times",
    "级": " levels",
    "个": "",
    "项": "",
    "条": "",
    "名": "",
    "人": "",
    "元": " yuan",
}


class Figure(BaseModel):
    """One figure, written in YAML as the document prints it: ``38%``, ``+28%``, ``10个百分点``, ``15万``, ``1:5.8``, ``1/3``.

    Attributes:
        text: as written, with the sign of a change (+ up, - down).
        sign: 1 or -1 for a signed change, 0 for a level.
        number: the digits as the document prints them, without sign, scale and unit.
        unit: the Chinese unit after the number, without 万 or 亿.
        value: the amount; a fraction for ``%`` (0.38), the second part over the first for ``1:5.8``, without the sign.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    sign: int
    number: str
    unit: str
    value: float

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        if not isinstance(data, str):
            raise ValueError(f"{data!r} is no text: quote figures, as in '0.52' or '38%'")  # noqa: TRY004 - pydantic's
        found = _FORM.fullmatch(data)
        if not found or found["unit"] not in _UNITS_EN:
            raise ValueError(
                f"{data!r} is no figure: a number, 万 or 亿, and one of {' '.join(filter(None, _UNITS_EN))}"
            )
        sign = {"+": 1, "-": -1, "": 0}[found["sign"]]
        value = _amount(found["number"]) * _SCALES[found["scale"]] * (0.01 if found["unit"] == "%" else 1)
        return {"text": data, "sign": sign, "number": found["number"], "unit": found["unit"], "value": value}

    @model_serializer
    def _write(self) -> dict[str, Any]:
        return {"text": self.text, "value": self.value * (self.sign or 1), "unit": self.unit}

    @property
    def printed(self) -> str:
        """The figure as it stands in the document: ``text`` without a sign."""
        return self.text.lstrip("+-")

    @property
    def english(self) -> str:
        """The amount in English digits, without sign and unit other than %: ``150,000``, ``80 million``, ``38%``."""
        if set(self.number) & set(":/"):
            return self.number
        if self.unit == "%":
            return f"{self.number}%"
        if self.value >= 1e6:
            return f"{self.value / 1e6:g} million"
        return f"{self.value:,.10g}"

    def in_(self, language: Language) -> str:
        """Return the figure with its sign and unit in ``language``."""
        if language == "zh":
            return self.text
        return {1: "+", -1: "-", 0: ""}[self.sign] + self.english + ("" if self.unit == "%" else _UNITS_EN[self.unit])


def _amount(number: str) -> float:
    if ":" in number:
        one, other = number.split(":")
        return float(other) / float(one)
    if "/" in number:
        one, other = number.split("/")
        return float(one) / float(other)
    return float(number)
