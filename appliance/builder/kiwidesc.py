"""Reads what a kiwi description is about, and makes of it one that installs from Koji's repositories.

Run by itself, as a command of `JobSpec.arrange` or in a buildroot, with a JSON document: of the fields of `Order`,
or of the `path` alone; what the description is about is then kept as kiwi-description.json.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

FACTS = "kiwi-description.json"
_KEPT, _REASON = "/kept", "/notes/reason"


@dataclass
class Order:
    """The description at PATH is replaced by one of that NAME and VERSION, for ARCH and with no REPOS but these."""

    path: str
    name: str
    version: str
    repos: list[str]
    releasever: str
    arch: str

    @property
    def target(self) -> str:
        return f"{os.path.splitext(self.path)[0]}.{self.arch}.kiwi"

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def stop(reason: str) -> None:
    """End, and say why where the user sees it."""
    if os.path.isdir(os.path.dirname(_REASON)):
        with open(_REASON, "w", encoding="utf-8") as note:
            note.write(reason)
    sys.exit(reason)


def parsed(path: str) -> Element:
    """The description at PATH: its element `image`."""
    name = os.path.basename(path)
    try:
        found = ElementTree.parse(path).getroot()  # noqa: S314 - it runs where a hostile one harms itself alone
    except OSError as error:
        stop(f"Kiwi description {name} can't be read: {error.strerror}")
    except ElementTree.ParseError:
        stop(f"Kiwi description {name} can't be parsed as XML.")
    if found.tag != "image":
        stop(f"Kiwi description {name} doesn't contain <image> tag.")
    return found


def facts(path: str) -> dict[str, str]:
    """`name, version, profile` of a description; the profile is the one marked as the image's, or ""."""
    image = parsed(path)
    versions = [each.findtext("version", "").strip() for each in image.iter("preferences")]
    version = [each for each in versions if each][-1:]
    if not version:
        stop("Description file doesn't contain preferences/version")
    profiles = [each.get("name", "") for each in image.iterfind("profiles/profile") if each.get("image") == "true"]
    return {"name": image.get("name", ""), "version": version[0], "profile": "".join(profiles[-1:])}


def include(image: Element, directory: str) -> None:
    """Put what other files of the directory have in the place of the elements that name them."""
    for each in image.findall("include"):
        place = each.get("from", "")
        if not place.startswith("this://"):
            stop(f"Unhandled include protocol in include path: {place}.")
        path = os.path.join(directory, place.removeprefix("this://").lstrip("/"))
        image.extend(child for child in parsed(path) if child.tag != "repository")
        image.remove(each)


def changed(order: Order) -> Element:
    """The description as it is to be."""
    image = parsed(order.path)
    include(image, os.path.dirname(order.path))
    for each in image.findall("repository"):
        image.remove(each)
    for url in order.repos:
        repository = ElementTree.SubElement(image, "repository", type="rpm-md")
        ElementTree.SubElement(repository, "source", path=url)
    image.set("name", order.name)
    first = next(each for each in image.iter("preferences"))
    for tag, text in (("version", order.version), ("release-version", order.releasever)):
        found = first.find(tag)
        (ElementTree.SubElement(first, tag) if found is None else found).text = text
    return image


def write(order: Order) -> None:
    """Replace the description, and keep the new one with the job's results."""
    image = changed(order)
    ElementTree.indent(image)
    text = ElementTree.tostring(image, encoding="unicode", xml_declaration=True)
    os.unlink(order.path)
    kept = [os.path.join(_KEPT, os.path.basename(order.target))] if os.path.isdir(_KEPT) else []
    for path in [order.target, *kept]:
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)


def main(told: dict[str, str]) -> None:
    if len(told) > 1:
        write(Order(**told))  # type: ignore[arg-type]
        return
    with open(os.path.join(_KEPT, FACTS), "w", encoding="utf-8") as stream:
        json.dump(facts(told["path"]), stream)


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
