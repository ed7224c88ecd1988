"""Pages of a listing, as Copr's clients ask for them: limit, offset, order, order_type."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from appliance.db.connection import Row
from appliance.db.select import Options, Select
from appliance.errors import Unprocessable
from appliance.hub import rules
from appliance.hub.fields import Choice, Form, Given, Number, Text

_FIELDS = (
    Number("limit", rules=(rules.optional,)),
    Number("offset", rules=(rules.optional,)),
    Text("order", rules=(rules.optional,)),
    Choice("order_type", rules=(rules.optional,), choices=("ASC", "DESC"), default="ASC"),
)
PARAMETERS = tuple(field.name for field in _FIELDS)


@dataclass
class Page:
    """Which part of a listing is wanted; `limit` None is all of it, also where 0 was `asked` for."""

    limit: int | None = None
    offset: int = 0
    order: str = "id"
    order_type: str = "ASC"
    asked: int | None = None

    def meta(self) -> Row:
        """What an answer says of its page."""
        return {
            "limit": self.limit,
            "offset": self.offset,
            "order": self.order,
            "order_type": self.order_type,
        }

    def window(self) -> Options:
        """The page as options of a Select. Raises Unprocessable for a negative one."""
        if (self.limit or 0) < 0 or self.offset < 0:
            raise Unprocessable("limit and offset must not be negative")
        return {"limit": self.limit, "offset": self.offset}

    def check_order(self, noun: str, columns: Collection[str], others: Collection[str] = ()) -> None:
        """Refuse an order that is not by one of COLUMNS; OTHERS are known, but can't order."""
        if self.order in columns:
            return
        if self.order in others:
            raise Unprocessable(f"Cannot order by {self.order}")
        raise Unprocessable(f"Cannot order by {self.order}, {noun} doesn't have such property")

    def sorted(self, select: Select, noun: str, columns: Mapping[str, str], others: Collection[str] = ()) -> Select:
        """SELECT in the wanted order, behind the one that it has; what is alike in it stands in the order of ids."""
        self.check_order(noun, columns, others)
        direction = " DESC NULLS FIRST" if self.order_type == "DESC" else " NULLS LAST"
        wanted = f"{columns[self.order]}{direction}, {columns['id']}"
        select.order = f"{select.order}, {wanted}" if select.order else wanted
        return select


def wanted(given: Given) -> Page:
    """The page that a client asks for. Raises Unprocessable, printing what is wrong as Copr does."""
    form = Form(_FIELDS, given)
    if not form.validate():
        raise Unprocessable(str(form.errors))
    order = form["order"] or "id"
    direction = form["order_type"] or _usual(order)
    return Page(form["limit"] or None, form["offset"] or 0, order, direction, form["limit"])


def _usual(order: str) -> Any:
    """The direction where a client sent an empty one."""
    return {"id": "DESC", "name": "ASC"}.get(order, "")
