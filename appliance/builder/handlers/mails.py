"""The tasks that send mail: buildNotification and tagNotification."""

import smtplib
from email.message import EmailMessage
from typing import Any

from appliance.builder.steps import Finished, Step, Work, handles
from appliance.errors import GenericError
from appliance.hub import mails
from appliance.settings import Koji

_SECONDS = 30  # without an answer from the relay
_TAGGING = (
    "recipients", "is_successful", "tag_info", "from_info", "build_info", "user_info",
    "ignore_success", "failure_msg",
)  # fmt: skip


@handles("buildNotification", weight=0.1)
def build_notification(work: Work) -> Step:
    """Tell of a build that ended; a sentence that says to whom."""
    recipients, build, target, weburl = (
        work.argument(index, name) for index, name in enumerate(("recipients", "build", "target", "weburl"))
    )
    if not recipients:
        return Finished()
    with work.reading() as call:
        mail = mails.of_build(call, recipients, build, target, weburl, work.task["owner"])
    return _send(work, mail, recipients, f"build {build['id']}")


@handles("tagNotification", weight=0.1)
def tag_notification(work: Work) -> Step:
    """Tell of a build that was tagged, untagged or moved; a sentence that says to whom."""
    told = {name: work.argument(index, name) for index, name in enumerate(_TAGGING)}
    if not told["recipients"] or (told["ignore_success"] and told["is_successful"]):
        return Finished()
    with work.reading() as call:
        mail = mails.of_tagging(call, told)
    return _send(work, mail, told["recipients"], f"tag operation {work.id}")


def _send(work: Work, mail: EmailMessage, recipients: list[str], subject: str) -> Step:
    settings = work.hub.settings.koji
    named = ", ".join(recipients)
    if not settings.smtp_host:
        return Finished(f"no mail relay is set (koji.smtp_host): {named} not told of {subject}")
    try:
        refused = _relay(settings, mail, recipients)
    except (OSError, smtplib.SMTPException) as error:
        raise GenericError(f"mail relay {settings.smtp_host} did not take the mail: {error}") from error
    gone = f" (refused: {', '.join(refused)})" if refused else ""
    return Finished(f"sent notification of {subject} to: {named}{gone}")


def _relay(settings: Koji, mail: EmailMessage, recipients: list[str]) -> dict[str, Any]:
    """Hand the mail to the relay; whom of the recipients it refused."""
    with smtplib.SMTP(settings.smtp_host, timeout=_SECONDS) as relay:
        if settings.smtp_user:
            relay.login(settings.smtp_user, settings.smtp_pass)
        return relay.send_message(mail, to_addrs=recipients)
