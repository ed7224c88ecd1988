"""The inheritance of a tag as a drawing: one line a link, in the order in which the tag looks, joined by
edges.
"""

from dataclasses import dataclass

from appliance.db.connection import Row
from appliance.ui.rendering import path

STEP, ROW, MOST = 24, 28, 60


@dataclass(frozen=True)
class Knot:
    """One tag in the drawing, in pixels; EDGE is the path from what inherits it, NOTE what limits the
    link.
    """

    name: str
    address: str
    note: str
    x: int
    y: int
    edge: str
    off: bool


def drawn(name: str, links: list[Row]) -> Row:
    """`knots`, `height`, `width` and how many links are left `out`; LINKS are those of `inheritance.full`."""
    knots = [Knot(name, "", "", 8, ROW // 2, "", False)]
    last = {0: ROW // 2}  # where the last knot of each depth stands
    for number, link in enumerate(links[:MOST], 1):
        depth = min(link["currdepth"], 12)
        x, y = 8 + STEP * depth, ROW // 2 + ROW * number
        above = last.get(depth - 1, ROW // 2)
        edge = f"M{x - STEP} {above + 6}V{y - 6}Q{x - STEP} {y} {x - STEP + 6} {y}H{x - 6}"
        knots.append(Knot(link["name"], f"/tags/{path(link['name'])}", note(link), x, y, edge, bool(link["noconfig"])))
        last[depth] = y
    width = max(knot.x + 9 * len(knot.name + knot.note) for knot in knots) + 20
    return {"knots": knots, "height": ROW * len(knots) + 4, "width": width, "out": max(len(links) - MOST, 0)}


def note(link: Row) -> str:
    """What limits a link, in words."""
    said = [f"priority {link['priority']}"]
    if link["maxdepth"] is not None:
        said.append(f"at most {link['maxdepth']} deeper")
    if link["intransitive"]:
        said.append("only here")
    if link["noconfig"]:
        said.append("without its settings")
    if link["pkg_filter"]:
        said.append(f"packages that match {link['pkg_filter']}")
    return ", ".join(said)
