"""What the mails about builds and tags say, with the headers by which people sort Koji's."""

from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import koji
import koji.util

from appliance.db.connection import Row
from appliance.errors import GenericError
from appliance.hub import builds, headers, reasons, tags, task_output, tasks, users
from appliance.hub.hub import Call

_CHANGES = 3
_ENDED = ("FAILED", "CANCELED", "CLOSED")


def of_tagging(call: Call, told: Row) -> EmailMessage:
    """The mail of a tagNotification. TOLD are the task's arguments by name."""
    build = builds.require(call, told["build_info"])
    nvr, user = koji.buildLabel(build), users.require(call, told["user_info"])["name"]
    into, source = _tag_name(call, told["tag_info"]), _tag_name(call, told["from_info"])
    action = ("moved" if source else "tagged") if into else "untagged"
    done = f"{action}{f' from {source}' if source else ''}{f' into {into}' if into else ''}"
    good = bool(told["is_successful"])
    subject = f"{nvr} {'successfully' if good else 'unsuccessfully'} {done} by {user}"
    mail = _new(call, told["recipients"], subject)
    _mark(mail, Package=build["package_name"], NVR=nvr, Draft=build.get("draft", False), User=user)
    _mark(mail, Status="complete" if good else "failed")
    for name in filter(None, (source, into)):
        _mark(mail, Tag=name)
    facts = {
        "Package": build["package_name"], "NVR": nvr, "User": user,
        "Status": "complete" if good else "failed",
        "Tag Operation": action, "From Tag": source, "Into Tag": into,
    }  # fmt: skip
    why = "" if good else f"\nOperation failed with the error:\n    {told['failure_msg']}\n"
    mail.set_content(f"{_lines(facts)}\n{subject}\n{why}")
    return mail


def of_build(call: Call, recipients: list[str], build: Row, target: Row | None, weburl: str, by: int) -> EmailMessage:
    """The mail of a buildNotification; TARGET and BUILD as its arguments have them, BY who asked for it."""
    build = builds.require(call, build["id"])
    nvr, status = koji.buildLabel(build), koji.BUILD_STATES[build["state"]].lower()
    tag, owner = target["dest_tag_name"] if target else None, build["owner_name"]
    mail = _new(call, recipients, f"Package: {nvr} Tag: {tag} Status: {status} Built by: {owner}")
    _mark(mail, Tag=tag, Package=build["package_name"], Builder=owner, Status=status)
    _mark(mail, Draft=build.get("draft", False))
    facts = {
        "Package": nvr, "Tag": tag or "None", "Status": status, "Built by": owner,
        "Canceled by": users.require(call, by)["name"] if status == "canceled" else None, "ID": build["id"],
        "Started": koji.formatTimeLong(build["creation_ts"]),
        "Finished": koji.formatTimeLong(build["completion_ts"]),
    }  # fmt: skip
    parts = [_lines(facts), _failure(call, build, nvr), _changelog(call, build), *_work(call, build)]
    links = {"Task Info": f"{weburl}/taskinfo?taskID={build['task_id']}",
             "Build Info": f"{weburl}/buildinfo?buildID={build['id']}"}  # fmt: skip
    mail.set_content("\n".join(part for part in [*parts, _lines(links)] if part))
    return mail


def _new(call: Call, recipients: list[str], subject: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = call.settings.koji.mail_from
    mail["To"] = ", ".join(" ".join(each.split()) for each in recipients)
    mail["Subject"] = " ".join(subject.split())
    return mail


def _mark(mail: EmailMessage, **values: Any) -> None:
    """Headers of Koji's, `X-Koji-NAME`; one may come more than once."""
    for name, value in values.items():
        mail[f"X-Koji-{name}"] = " ".join(str(value).split())


def _lines(facts: Row) -> str:
    return "".join(f"{name}: {value}\n" for name, value in facts.items() if value is not None and value != "")


def _tag_name(call: Call, info: Any) -> str:
    return str(tags.require(call, info)["name"]) if info else ""


def _failure(call: Call, build: Row, nvr: str) -> str:
    """Why a build failed: its first error, or else its task's fault; who cancelled it is told by the task."""
    if build["state"] != koji.BUILD_STATES["FAILED"]:
        return ""
    reason = reasons.one(call, build["task_id"])
    if reason is None:
        return ""
    where = f"{reason['log']}:{reason['line']}: " if reason["log"] else ""
    text = "\n".join(f"  {line}" for line in reason["lines"])
    task = f"{reason['method']} ({reason['arch']}), task {reason['task_id']}"
    return f"{nvr} ({build['id']}) failed in {task}:\n  {where}{reason['message']}\n{text}\n"


def _changelog(call: Call, build: Row) -> str:
    try:
        entries = headers.changelog(call, build["id"])[:_CHANGES]
    except GenericError:
        return ""
    return f"Changelog:\n{koji.util.formatChangelog(entries)}" if entries else ""


def _work(call: Call, build: Row) -> list[str]:
    """What the tasks of a build left, the unsuccessful ones first."""
    if build["task_id"] is None:
        return []
    below = tasks.descendants(call, build["task_id"], request=True)
    found = [row for rows in below.values() for row in rows]
    found.insert(0, tasks.require(call, build["task_id"], request=True))
    by_state = {state: [row for row in found if koji.TASK_STATES[row["state"]] == state] for state in _ENDED}
    return [f"{state.capitalize()} tasks:\n" + "".join(_task(call, row) for row in rows)
            for state, rows in by_state.items() if rows]  # fmt: skip


def _task(call: Call, task: Row) -> str:
    files = task_output.listed(call, task["id"], all_volumes=True)
    lines = [f"  Task {task['id']}: {koji.taskLabel(task)}", *(f"    {name}" for name in sorted(files))]
    return "\n".join(lines) + "\n"
