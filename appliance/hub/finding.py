"""Finding by name, for people: what is called so, or begins so, in Koji's world; projects have a search of
their own.
"""

from appliance.db.connection import Row
from appliance.db.queries import finding as queries
from appliance.db.select import like
from appliance.hub.hub import Call

_PACKAGES = 200  # whose builds are looked through at once


def named(call: Call, kind: str, words: str, limit: int) -> list[Row]:
    """`id` and `name` of packages, tags, targets, users or hosts: the very name first, then what begins so.

    `*` and `?` in WORDS stand for other letters; without them the words may stand anywhere in a name.
    """
    params = {"words": words, "text": _pattern(words), "start": like(words) + "%", "limit": limit}
    return call.tx.rows(queries.NAMED[kind], params)


def _pattern(words: str) -> str:
    return like(words if any(sign in words for sign in "*?") else f"*{words}*")


def builds(call: Call, words: str, limit: int) -> list[Row]:
    """`id` and `name` (the NVR) of builds whose NVR begins with WORDS, the newest first."""
    parts = words.split("-")
    names = {"-".join(parts[:end]): "-".join(parts[end:]) for end in range(1, len(parts) + 1)}
    known = call.tx.rows(queries.PACKAGE_IDS, {"names": list(names)})
    if known:
        best = max(known, key=lambda row: len(row["name"]))
        rest = names[best["name"]].replace("%", "").replace("_", "")
        return call.tx.rows(queries.BUILDS, {"packages": [best["id"]], "rest": rest, "limit": limit})
    found = packages_like(call, words)
    return call.tx.rows(queries.BUILDS, {"packages": found, "rest": "", "limit": limit}) if found else []


def packages_like(call: Call, words: str) -> list[int]:
    """Ids of packages with WORDS in their names, not too many."""
    return call.tx.column(queries.SOME_PACKAGES, {"text": _pattern(words), "limit": _PACKAGES})


def rpms(call: Call, words: str, limit: int) -> list[Row]:
    """`id` and `name` of the last RPM of each name that begins with WORDS."""
    if any(sign in words for sign in "*?"):
        return []
    return call.tx.rows(queries.RPMS, {"words": words, "beyond": words + "\U0010ffff", "limit": limit})
