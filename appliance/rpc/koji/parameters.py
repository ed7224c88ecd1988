"""What the parameters of the API are: their types and meanings, which are the same wherever a name recurs."""

import inspect
import re
from functools import cache
from typing import Any

# NAME, or METHOD.NAME where a method has another meaning for it | type | meaning
_GLOSSARY = """
after | int | the id of an event: only what came later
getChangelogEntries.after | float or str | only entries from this time on, as seconds or ISO text
age | int | months to look back; nil for all that there ever was
all_sigs | bool | all signatures of the RPM, instead of one key's
all_volumes | bool | look on every volume, and tell on which a file is
alldeps | bool | take the packages' dependencies into the image as well
an_rpm | int, str or struct | the RPM: id, `NAME-VERSION-RELEASE.ARCH`, or struct of these
arch | str | an architecture
buildImage.arch | str | the architecture of the image
getLatestRPMS.arch | str or list of str | only RPMs of these architectures
listTaggedRPMS.arch | str or list of str | only RPMs of these architectures
addExternalRepoToTag.arches | str | the architectures that use the repository; nil for all of the tag
arches | str | architectures, with blanks between them
listHosts.arches | str or list of str | only hosts that offer one of these
listRPMs.arches | str or list of str | only RPMs of these architectures
archive_id | int | the archive
archiveID | int | only what has this archive
archives | list of structs | each with the `id` of an archive
arglist | list | the arguments of the task
args | list | any values
exclusiveSession.args | bool | `force`: end the exclusive session that there is
host.subtask2.args | list | the arguments of the task
login.args | str | user and password
sslLogin.args | str | the user to act for, where a proxy may say so
as_string | bool | the settings as text, instead of a struct
at_event | int | the event whose state the repository shall show
author | str | only entries of this author; a text that the name has in it
basename | str | the file's name below the directory
basetag | int or str | the tag that a side tag inherits from
before | int | the id of an event: only what came earlier
getChangelogEntries.before | float or str | only entries up to this time, as seconds or ISO text
block | bool | block the entry instead of adding it
blocked | bool | show blocked settings too: each value is [is it blocked, value] then
brmap | struct | path of each RPM: the id of the buildroot that it was made in
brootid | int | the buildroot
build | int, str or struct | the build: id, NVR, or struct with `name, version, release`
build_id | int | the build
build_info | struct | the build, by `name, version, release, epoch`
build_tag | int or str | the tag to build in: id or name
buildID | int, str or struct | the build: id, NVR, or struct with `name, version, release`
buildInfo | int, str or struct | the build: id, NVR, or struct with `name, version, release`
buildinfo | int, str or struct | the build: id, NVR, or struct with `name, version, release`
buildrootID | int or list of int | the buildroot
builds | bool | copy the builds as well
chainMaven.builds | struct | package name: struct of what to build (`scmurl`, `buildrequires`, ...)
massTag.builds | list of int or str | the builds: ids or NVRs
buildTagID | int or str | only targets whose builds are made in this tag (id or name)
buildTargetInfo | int or str | the target: id or name
cacheonly | bool | only checksums that are stored already; compute none
canfail | list of int | subtasks whose failure does not fail the task that waits
cg | int or str | the content generator: id or name
cgID | int or str | only builds of this content generator: id or name
channel | int or str | the channel: id or name
channel_name | str | the channel's name
channelID | int or str | only hosts of this channel: id or name
channelInfo | int, str or struct | the channel: id, name, or struct with one of them
channelname | int or str | the channel: id or name
checksum | str | the digest to look for
uploadFile.checksum | list of str | [kind, digest] of the data
checksum_type | int or str | the kind of the digest (koji.CHECKSUM_TYPES)
checksum_types | list of str | kinds of digests, such as `md5` and `sha256`; nil for those of the settings
clauses | list of lists | conditions that all hold: [field, value] or [field, operator, value]
clear | bool | end all links that are not in the data
command | str or list of str | what to run: a shell's text, or words
comment | str | why; kept in the history
completeAfter | float or str | only what ended after this time (seconds or ISO text)
completeBefore | float or str | only what ended before this time (seconds or ISO text)
componentBuildrootID | int or list of int | only what was used in this buildroot
compression_type | str | `zip`, `tar`, or nil for what can't be opened
config | bool | copy the tag's settings (arches, permission, extra) as well
create | bool | make what is named where there is none of that name
createdAfter | float or str | only what was begun after this time (seconds or ISO text)
createdBefore | float or str | only what was begun before this time (seconds or ISO text)
CGInitBuild.data | struct | the build: `name, version, release, epoch`, and `draft` for a draft
addRPMSig.data | base64 | the signature header, as the RPM file has it
data | struct | what to store, by its fields' names
evalPolicy.data | struct | what the policy's tests look at
host.assertPolicy.data | struct | what the policy's tests look at
host.checkPolicy.data | struct | what the policy's tests look at
host.evalPolicy.data | struct | what the policy's tests look at
host.initBuild.data | struct | the build: `name, version, release, epoch, owner, source, extra`
setInheritanceData.data | list of structs | the links
uploadFile.data | base64 | the chunk, at most what a request may have (4 MiB, encoded)
debuginfo | bool | whether repositories have the debuginfo packages too
default | str | the answer where no rule of the policy fits
depType | int | only these dependencies (koji.DEP_*); nil for all
desc_path | str | where the image's description is in its source repository
desc_url | str | the source repository of the image's description
description | str | a sentence for readers
dest_tag | int or str | the tag that finished builds go to: id or name
destTagID | int or str | only targets whose builds go to this tag (id or name)
details | bool | more of each session: addresses, times, exclusiveness
directory | str | the upload directory, below the work directory
dist | bool | dist-repos instead of build repositories
distro | str | the distribution that the image is of
createEmptyBuild.draft | bool | make it a draft
draft | bool | true for drafts alone, false for the others alone, nil for both
dst | str | the tag to copy to; made if there is none
dud_name | str | the name of the driver update's image
dud_version | str | the version of the driver update's image
enabled | bool | only those that are enabled (true) or not (false); nil for both
epoch | int | the epoch, or nil
erepo | int or str | the external repository: id or name
event | int | the id of an event: the answer is as it was then; nil for now
host.repoInit.event | int | the event whose state the repository shall show; nil for now
newRepo.event | int | the event whose state the repository shall show; nil for now
tagChangedSinceEvent.event | int | the id of an event, after which to look
expire | bool | the repository is begun as expired
extensions | str | endings of file names, with blanks between them
external_repo | int or str | the external repository: id or name
external_repo_id | int | the external repository
createTag.extra | struct | further settings
editTag.extra | struct | settings to add or replace
extra | bool | show the build's `extra` too
extra_arches | str | architectures that the package is built for besides the tag's
extra_deps | list of int or str | task ids and builds whose files may be used
failure_msg | str | what went wrong
fields | list of str | columns to answer; nil for all
fileName | str | the file's name
filename | str | the file's name
filepath | str | a path below the work directory
host.importArchive.filepath | str | a path below the work directory
addHost.force | bool | make a host of a user that is there already
addHostToChannel.force | bool | for a channel that is disabled as well
force | bool | do it against a rule that only those with the right to force may pass
host.writeSignedRPM.force | bool | write it anew where it is there already
repo.request.force | bool | a new repository, though there is one that fits
scheduler.doRun.force | bool | though a run was just made
writeSignedRPM.force | bool | write it anew where it is there already
from_id | int | the tag that the build was moved from, or nil
fromtag | int or str | the tag that the build is moved from; nil if it is only tagged
full | bool | the whole buildroot, not only the build directory
group | int or str | the group of users: id or name
getUser.groups | bool | answer the names of the user's groups too
groups | bool | copy the package groups (comps) as well
grpinfo | int or str | the package group (comps) of the tag: id or name
headers | list of str | names of RPM header fields; nil for all
host | int or str | the host: id or name
hostdata | struct | what the host tells of itself
getLastHostUpdate.hostID | int or str | the host: id or name
hostID | int | only what is of this host
listChannels.hostID | int or str | only the channels of this host: id or name
hostInfo | int, str or struct | the host: id, name, or struct with one of them
hostname | str | the host's name
id | int | the id of what is asked for
ignore | list of structs | files that need not be known to the hub
ignore_success | bool | tell only of failures
ignore_unknown | bool | pass over files that are known nowhere
image_type | list of str | the kinds of images to make
imageID | int | only components of this image archive
img_type | str | the kind of image, `livecd`, `livemedia` or `appliance`
incl_blocked | bool | show blocked entries too
incl_pkgs | bool | answer each group's packages
incl_reqs | bool | answer which groups each group needs
incr | int | how far to count on
getExternalRepo.info | int, str or struct | the external repository: id, name, or struct with one of them
info | int or str | which one: id or name
inherit | bool | look at what the tag inherits from as well
inherit_builds | bool | copy inherited builds as well
inherited | bool | look at what the tag inherits from as well
inherited_perm | bool | count permissions that come with a group too
inst_tree | str | the URL of an installation tree
is_successful | bool | whether the operation went well
keys | list of str | key ids; only copies signed with one of them, the first that there is
krb_principal | str | a Kerberos principal
krb_principal_mappings | list of structs | `old` and `new` principal: nil `old` adds, nil `new` removes
krb_princs | bool | answer the Kerberos principals too
ksfile | str | the kickstart file: an upload, or its path in the source repository
kw | struct | keyword arguments by name
kwargs | struct | keyword arguments by name
latest | bool or int | only the latest build of each package; a number: that many
latest_only | bool | copy only the latest build of each package
lazy | bool | stop at the first reference that is found
limit | int | at most so many of each kind
locked | bool | tagging into it needs force
logs | list of str | paths of log files below the work directory
make_prep | bool | run the description's preparation as well
matchType | str | how the terms are meant: `glob`, `regexp` or `exact`
maven_include_all | bool | Maven repositories have all versions, not only the latest
maven_info | struct | `group_id, artifact_id, version`
maven_results | struct | what a Maven build left
maven_support | bool | repositories have Maven artifacts
mavenlist | list of structs | artifacts as `maven_info` and `files`
md5sum | str | the MD5 digest of the chunk, if no other is given
merge_mode | str | how repositories are merged: `koji`, `simple` or `bare`
metadata | struct or str | the content generator's description of the build, or the name of the uploaded file that has it
method | str | the name of a method
methodName | str | the name of a method
min_event | int or str | the repository is not older than this event; `last`: than the tag's last change
min_ref_age | int | seconds for which a use in a buildroot keeps a build
msg | str | why, in words
multi | bool | all RPMs that fit, as a list
checkUpload.name | str | the file's name below the path
editBuildTarget.name | str | the new name
editExternalRepo.name | str | the new name
editTag.name | str | the new name
editUser.name | str | the new name
evalPolicy.name | str | the policy
getPackageID.name | str | the package
host.assertPolicy.name | str | the policy
host.checkPolicy.name | str | the policy
host.evalPolicy.name | str | the policy
name | str | the name
untaggedBuilds.name | str | only builds of this package
uploadFile.name | str | the file's name below the path
new | str | the new name
newkey | str | what the signature is to go by, in small letters
oldkey | str | what the signature goes by
notify | bool | send the mails that were asked for
offset | int | where in the file, in bytes
old | int or str | the channel: id or present name
optional_arches | list of str | architectures whose failure does not fail the whole
options | struct | options of the task
opts | struct | options by name
repo.request.opts | struct | options of the repository: `debuginfo, src, separate_src, maven`
override | bool | the scheduler leaves the task where it is put
owner | int or str | the user who owns it: id or name
package | int or str | the package: id or name
package_id | int | the package; nil for all
packageID | int or str | only this package: id or name
createTag.parent | int or str | a tag to inherit from
parent | int | the task above
path | str | a directory below the work directory
pattern | str | only names that this shell pattern (`*`, `?`, `[]`) fits
perm | int or str | the permission: id or name
permission | int or str | the permission: id or name
permissionID | int | the permission that tagging asks for; nil for none
perms | bool | answer each tag's permission too
pkg | int or str | the package: id or name
pkg_list | list of str | the packages that the image has
pkg_name | str | the package's name; it need not be known to the hub
pkgID | int or str | only this package: id or name
pkginfo | int or str | the package: id or name
pkgs | bool | copy the package list as well
prefix | str | only names that begin so, in either case of letters
priority | int | lower comes first
profile | str | the profile of the image's description
project | bool | they are the project's own dependencies, not those of the tools
promotedAfter | float or str | only what was promoted after this time (seconds or ISO text)
promotedBefore | float or str | only what was promoted before this time (seconds or ISO text)
promoter | int or str | only what this user promoted: id or name
query | struct | which ones: by `id` or `name`
queryOpts | struct | `countOnly` (bool: the number alone), `order` (column, `-` before it: downwards), `offset`, `limit`
raise_fault | bool | raise a failed task's fault instead of answering it as a struct
ready | bool | whether it takes tasks
recurse | bool | all tasks below it as well
release | str | the release
remove | bool | take from the tag what the source has not
remove_extra | list of str | keys of settings to remove
remove_rpm_macros | list of str | RPM macros to remove
repo | int | the repository
repo_id | int | the repository
repo_info | int or str | the external repository: id or name
repo_json_updates | struct | what to add to the repository's repo.json
repo_releasever | str | the release that package managers think they are of
repoID | int | only buildroots of this repository
repos | list of str | URLs of repositories to use besides
req_id | int | the request for a repository
reqinfo | int or str | the package group that is needed: id or name
request | bool | answer the task's arguments as well
response | struct or any value | what the task answers, or its fault, as XML-RPC text
result_bundle_name_format | str | how the file with the results is called
results | struct | what was made, by the builder's description
reverse | bool | the tags that inherit from it, instead of those it inherits from
rpm_id | int | the RPM
rpm_macros | struct | RPM macros that builds in the tag have
rpm_results | struct | `srpm, rpms, logs, buildroot_id` of wrapper RPMs; nil for none
rpmID | int | the RPM
rpminfo | int, str or struct | the RPM: id, `NAME-VERSION-RELEASE.ARCH`, or struct of these
rpmlist | list of structs | `name, version, release, epoch, arch, payloadhash, size, buildtime`
rpms | list of str | paths of RPMs below the work directory
rpmsigs | bool | answer the keys of the signatures too, a row each
scmurl | str | the address in source control
scratch | bool | a trial, which makes no build
separate_src | bool | source packages are in a repository of their own
session_id | int | the session
safe | bool | nil, instead of an error, for what is not there
sidetag | int, str or struct | the side tag: id, name, or struct with one of them
sigkey | str | what the signature goes by: the key's id, eight hex digits, or another label; the empty text for none
addRPMSig.sigkey | str | the label that the signature goes by; nil for the id of its key
size | int | bytes
soft | bool | the refusal is for a while
source | str | only builds from this source; a shell pattern
newRepo.src | bool | the repository has source packages too
snapshotTag.src | int or str | the tag to copy from
snapshotTagModify.src | int or str | the tag to copy from
src | str | the source: an uploaded source package, or an address in source control
srcs | list of lists of str | sources: each inner list is built when all before it is done
srpm | str | path of the source package below the work directory
stat | bool | sizes and times besides the names
state | int | the state, as koji has it by name
status | int | koji.USER_STATUS
addGroupMember.strict | bool | a fault where the user is in the group already
cancelBuild.strict | bool | a fault where it can't be canceled
cancelTaskFull.strict | bool | a fault for a task that has another above it
hasPerm.strict | bool | a fault where there is no such permission
host.checkPolicy.strict | bool | a fault where no rule of the policy fits
strict | bool | a fault (GenericError) where there is none, instead of nil or an empty answer
untagBuild.strict | bool | a fault where the tag has not got it
untagBuildBypass.strict | bool | a fault where the tag has not got it
success_only | bool | only of builds that succeeded
suffix | str | what the side tag's name ends with; the settings say which ones may be
tables | list of str | tables of the history to look at; nil for all
tag | int or str | the tag: id or name
tag1 | int or str | the tag that builds leave: id or name
tag2 | int or str | the tag that builds come to: id or name
tag_id | int | the tag
tag_info | int or str | the tag: id or name
tagID | int or str | only what is of this tag: id or name
tagInfo | int, str or struct | the tag: id, name, or struct with one of them
taginfo | int or str | the tag: id or name
taglist | list of int | the tags
tail | int | only the last so many bytes
target | int, str or struct | the build target: id or name
host.refuseTask.task_id | int | the task, which was given to this host
host.repoInit.task_id | int | the newRepo task
task_id | int | the task
task_load | float | the weights of the tasks that the host has open, summed
task_opts | struct | the dist-repo's options: `arch`, `comps`, `multilib`, `inherit`, `latest`, ...
taskID | int | the task
taskId | int | the task
taskopts | struct | options of the task, as for makeTask
tasks | list of int | tasks; nil for all
terms | str | what to look for
token | str | what CGInitBuild answered
getLastHostUpdate.ts | bool | seconds since the epoch instead of text
ts | float or dateTime | a time, in seconds since the epoch
search.type | str | what to look for: `package`, `build`, `tag`, `target`, `user`, `host`, `rpm`, `maven`, `win`
type | str | the build type, such as `maven`, `win` or `image`
type_attr | str | the attributes of the image's type
type_id | int | the archive type
type_name | str | the archive type
typeInfo | struct | what the build type knows besides, by the names of its columns
update | bool | change the entry that is there
uploadpath | str | the upload directory, below the work directory
listExternalRepos.url | str | only the one with this URL
mavenBuild.url | str | the address in source control
url | str | a URL
use_buildroot_repo | bool | use the build tag's repository as well
user | int or str | the user: id or name
user_id | int | the user; nil for the asking one
userID | int or str | the user: id or name
userInfo | int, str or struct | the user: id, name, principal, or struct with one of them
userinfo | int or str | the user: id or name
username | str | the user's name
userType | int or list of int | koji.USERTYPES; nil for all
verify | str | the kind of digest to compute: `md5`, `adler32` or `sha256`
version | str | the version
vm | str | the name of the virtual machine to build in
volume | int or str | the volume: id or name; nil for the default one
volumeID | int or str | only builds on this volume: id or name
weight | float | how much of a host's capacity the task takes
win_info | struct | `platform`
with_blocked | bool | show blocked packages too
with_dups | bool | show a package as often as there are lists with it
with_groups | bool | permissions that come with a group too
with_owners | bool | answer the owners too
X | int, str or struct | the build: id, NVR, or struct with `name, version, release`
"""


_STARS: dict[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


@cache
def _glossary() -> dict[str, tuple[str, str]]:
    rows = (line.split(" | ") for line in _GLOSSARY.strip().splitlines())
    return {name: (kind, meaning) for name, kind, meaning in rows}


def described(method: str, name: str) -> tuple[str, str] | None:
    """(type, meaning) of a parameter; None if nothing is said about it."""
    known = _glossary()
    return known.get(f"{method}.{name}") or known.get(name)


def unused(methods: dict[str, inspect.Signature]) -> set[str]:
    """Entries that are of no parameter of METHODS."""
    names = {name for signature in methods.values() for name in signature.parameters}
    here = {f"{method}.{name}" for method, signature in methods.items() for name in signature.parameters}
    return {key for key in _glossary() if key not in here and key not in names}


def lines(method: str, signature: inspect.Signature, doc: str) -> list[str]:
    """A line for each parameter that DOC has no line of its own for."""
    told = (_line(method, each) for each in signature.parameters.values() if not has_line(doc, each.name))
    return [line for line in told if line]


def has_line(doc: str, name: str) -> bool:
    """Whether a docstring explains a parameter in a line that begins with it."""
    return re.search(rf"^\s*(- )?`?\*{{0,2}}{re.escape(name)}`?:", doc, re.MULTILINE) is not None


def _line(method: str, parameter: inspect.Parameter) -> str:
    found = described(method, parameter.name)
    if found is None:
        return ""
    return f"- {_STARS.get(parameter.kind, '')}{parameter.name}: {found[0]}; {found[1]}"
