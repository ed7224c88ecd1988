"""Signing in and out, and the colours of the pages."""

from appliance.hub import logins, sessions
from appliance.hub.authority import ANYONE, LOGIN
from appliance.ui import cookies
from appliance.ui.forms import Form
from appliance.ui.pages.home import home
from appliance.ui.pages.session import login as login_page
from appliance.ui.site import act
from appliance.ui.visit import Visit, local


def _check(visit: Visit, form: Form) -> None:
    """The password is checked before the writing transaction: it takes its time on purpose."""
    visit.session.user_id = None
    logins.check_password(visit.call, form.text("user"), form.raw("password"))


@act("/login", need=ANYONE, page=login_page, first=_check)
def login(visit: Visit, form: Form) -> str:
    """Begin a session, and give the browser its key."""
    if visit.session.logged_in:
        sessions.logout(visit.call)
        visit.session.user_id = None
    made = logins.with_password(visit.call, form.text("user"), form.raw("password"))
    visit.setting.append(cookies.session(made["session-id"], made["session-key"]))
    return local(form.text("next", "/"))


@act("/logout", need=LOGIN, page=home)
def logout(visit: Visit, form: Form) -> str:
    """End the session."""
    sessions.logout(visit.call)
    visit.session.id = None
    visit.setting.append(cookies.no_session())
    return "/"


@act("/theme", need=ANYONE, page=home)
def theme(visit: Visit, form: Form) -> str:
    """Keep the colours that are wanted."""
    visit.setting.append(cookies.theme(form.text("theme")))
    return local(form.text("next", "/"))
