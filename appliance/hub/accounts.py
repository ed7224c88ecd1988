"""Accounts for Copr's API: a login and a token, of which only the hash is kept."""

import hmac
import secrets
from datetime import date, datetime, timedelta

import koji

from appliance.db.connection import Row
from appliance.db.models.core import Account
from appliance.hub import passwords, sessions
from appliance.hub.hub import Call, Session

_FIND = """
SELECT u.id, u.name, u.usertype, u.status, a.token_hash, a.expires
FROM accounts a JOIN users u ON u.id = a.user_id WHERE a.api_login = :login
"""

_LENGTH = 30


def session(call: Call, login: str, token: str) -> Session | None:
    """The session of the user whose API login and token these are; None if they are nobody's, or expired."""
    found = call.tx.row(_FIND, {"login": login})
    stored = found["token_hash"] if found else ""
    if not hmac.compare_digest(passwords.token_hash(token), stored) or found is None:
        return None
    expired = found["expires"] is not None and found["expires"] < call.now()
    if expired or found["status"] != koji.USER_STATUS["NORMAL"]:
        return None
    return Session(
        user_id=found["id"],
        user_name=found["name"],
        usertype=found["usertype"],
        perms=sessions.held_permissions(call, found["id"]),
    )


def known(call: Call) -> Row | None:
    """`api_login` and `expires` of the asking user; None for one who never had a token."""
    return call.tx.row("SELECT api_login, expires FROM accounts WHERE user_id = :user", {"user": call.user_id})


def renew(call: Call) -> Row:
    """A new API login and token for the asking user, and their last day; the old ones end now."""
    login, token = secrets.token_urlsafe(_LENGTH), passwords.new_token(_LENGTH)
    last_day = _last_day(call)
    end = datetime.combine(last_day + timedelta(days=1), datetime.min.time()).timestamp()
    values = {"api_login": login, "token_hash": passwords.token_hash(token), "expires": end}
    if call.tx.update(Account, values, user_id=call.user_id) == 0:
        call.tx.insert(Account, user_id=call.user_id, **values)
    return {"api_login": login, "api_token": token, "expiration": str(last_day)}


def _last_day(call: Call) -> date:
    return datetime.fromtimestamp(call.now()).date() + timedelta(days=call.settings.copr.api_token_days)
