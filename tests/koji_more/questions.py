"""What the scenarios have in common: values of every kind, and calls that go through them."""

MISSING = 99999
BIG = 2**40
# Of no use to anybody, of each type that XML-RPC has.
USELESS = [None, "", "no-such-thing", MISSING, 0, -1, BIG, 1.5, True, [], {}, ["x"], {"x": 1}, "o'brien", "a%b"]
# What a listing may be asked to do besides; a limit only where an order says which rows come.
LISTINGS = [
    {},
    {"countOnly": True},
    {"countOnly": True, "limit": 1},
    {"countOnly": True, "offset": 1},
    {"order": "id"},
    {"order": "-id", "limit": 2},
    {"order": "id", "offset": 1, "limit": 1},
    {"order": "id", "limit": 1.5},
    {"order": "no_such_column"},
    {"order": ["id"]},
    {"limit": -1},
    {"offset": "x"},
    {"asList": True, "order": "id"},
    {"unheard": 1},
    [],
    "text",
]


def ways(*good):
    """A thing by its name, its id, in a dict of one of them, and in all the wrong ways."""
    right = [way for each in good for way in (each, {"name" if isinstance(each, str) else "id": each})]
    wrong = [{"name": "no-such"}, {"id": MISSING}, {"id": "x"}, {"name": None}, {"id": 1, "name": "no-such"}]
    return right + wrong + USELESS


def grid(session, method, base=None, **pools):
    """Call a method with BASE, and with each value of each pool in place of what BASE has."""
    base = base or {}
    call = named(session, method)
    call(**base)
    for name, pool in pools.items():
        for value in pool:
            call(**{**base, name: value})


def product(session, method, **pools):
    """Call a method with each combination of the pools' values."""
    todo = [{}]
    for name, pool in pools.items():
        todo = [{**each, name: value} for each in todo for value in pool]
    for each in todo:
        named(session, method)(**each)


def named(session, method):
    for part in method.split("."):
        session = getattr(session, part)
    return session
