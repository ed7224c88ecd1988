"""The programs that make images in a buildroot: how Koji calls each, and where it leaves what it made."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import koji

from appliance.builder import kiwidesc, tagview
from appliance.builder.kickstart import Order
from appliance.db.connection import Row
from appliance.errors import GenericError

OUTPUT, PACKAGES = "result", "packages.log"
NO_TOOL, NOTHING, SEVERAL, NO_PREPARATION = 68, 69, 70, 71  # exit codes of the scripts below
_HOME = "/builddir/work"
_VOLUME_ID = 32  # characters that ISO 9660 has for it

# What an image was made of, as lines of size, NEVRA with blanks, MD5 (or what stands for it, see `installed`) and
# time. Its argument is a directory.
_LIST = r"""
known='%{SIGMD5}'
for each in SHA256HEADER=sha256 SHA3_256HEADER=sha3-256; do
    if rpm --querytags | grep -qx "${each%=*}"; then
        known="%|SIGMD5?{%{SIGMD5}}:{${each#*=}::%{${each%=*}}}|"
    fi
done
form="%{NAME} %{EPOCH} %{VERSION} %{RELEASE} %{ARCH} $known %{BUILDTIME}\\n"
list() {
    [ ! -d "$1" ] || find "$1" -name '*.rpm' -exec sh -c '
        form=$1
        shift
        for each; do
            printf "%s " "$(stat -c %s "$each")"
            rpm -qp --nosignature --nodigest --qf "$form" "$each"
        done' list "$form" {} + > result/packages.log
}
"""
# Arguments: where the tool leaves images (fresh: a directory that it makes; given: one that is there; inside:
# where it is run), its cache, the ISO's name or "", then the command.
_KICKSTART = """
set -u
mkdir -p logs result
cd_to=. place=$1 cache=$2 iso=$3
shift 3
[ -x "$1" ] || exit 68
case $place in given) mkdir made;; inside) mkdir made; cd_to=made;; esac
if [ "$place" = fresh ] && [ -s boot-arguments ]; then
    set -- "$@" --extra-boot-args "\\"$(cat boot-arguments)\\""
fi
(cd $cd_to && exec "$@") < /dev/null
status=$?
for each in logs/*.log; do [ ! -s "$each" ] || cp -- "$each" result/; done
for each in logs/anaconda/*.log; do [ ! -s "$each" ] || cp -- "$each" "result/anaconda-${each##*/}"; done
[ $status = 0 ] || exit $status
[ -z "$cache" ] || list "$cache"
if [ -z "$iso" ]; then
    [ -n "$(find made -type f)" ] || exit 69
    find made -type f -exec mv -t result -- {} +
    exit
fi
set -- made/*.iso
[ -e "$1" ] || exit 69
[ $# = 1 ] || exit 70
mv -- "$1" "result/$iso"
if command -v isoinfo > /dev/null; then
    { isoinfo -d -i "result/$iso"; isoinfo -l -R -i "result/$iso"; } > result/manifest.log
elif command -v xorriso > /dev/null; then
    xorriso -indev "result/$iso" -pvd_info -find / -exec lsdl > result/manifest.log
fi
exit 0
"""
# Arguments: the description's directory, "" or the program that prepares it after `make prep` with its order,
# then the command that builds, `--`, and the one that bundles. The image's own database says best what is in it:
# packages of repositories in directories never come into the cache.
_KIWI = """
set -u
mkdir -p logs result
command -v kiwi-ng > /dev/null || exit 68
place=$1 program=$2 order=$3
shift 3
if [ -n "$program" ]; then
    (cd -- "$place" && make prep) && python3 -c "$program" "$order" || exit 71
fi
trap 'cp -- logs/*.log result/' EXIT
build=()
while [ "$1" != -- ]; do build+=("$1"); shift; done
shift
"${build[@]}" < /dev/null && "$@" < /dev/null || exit
list /var/cache/kiwi
root=/builddir/result/image/build/image-root
if [ -d $root ]; then
    place=$(chroot $root rpm -E %_dbpath || rpm -E %_dbpath)
    rpm --root $root --dbpath "$place" -qa --qf "%{LONGSIZE} $form" | grep -v '^[0-9]* gpg-pubkey ' > installed
    [ ! -s installed ] || mv installed result/packages.log
fi
[ -n "$(ls /builddir/result/bundle)" ] || exit 69
mv -t result -- /builddir/result/bundle/*
"""


@dataclass(frozen=True)
class Tool:
    """A program that makes images of a kickstart file, and the group of packages that has it."""

    program: str
    group: str
    title: str

    @property
    def name(self) -> str:
        return Path(self.program).name


LIVE_MEDIA = Tool("/sbin/livemedia-creator", "livemedia-build", "LiveMedia")
LIVE_CD = Tool("/usr/bin/livecd-creator", "livecd-build", "LiveCD")
APPLIANCE = Tool("/usr/bin/appliance-creator", "appliance-build", "appliance")
KIWI = Tool("kiwi-ng", "kiwi-build", "image")


@dataclass(frozen=True)
class Wanted:
    """One image: its name and arch, the options of its task, and the repository that it is made from."""

    task_id: int
    name: str
    version: str
    release: str
    arch: str
    options: Row
    repo: Row

    @property
    def nvr(self) -> str:
        return f"{self.name}-{self.version}-{self.release}"

    @property
    def repo_url(self) -> str:
        return tagview.url(self.repo, koji.canonArch(self.arch))

    @property
    def kickstart(self) -> str:
        """The file that the given one is made into."""
        return f"koji-image-{self.repo['tag_name']}-{self.task_id}.ks"


def order(tool: Tool, wanted: Wanted, path: str) -> str:
    """What `kickstart` is told to make of the file at PATH."""
    repos = None if wanted.options.get("ksrepo") else _repositories(wanted)
    tree = str(wanted.options.get("install_tree_url") or "")
    return json.dumps(asdict(Order(path, wanted.kickstart, repos, tree, root=tool is APPLIANCE)))


def _repositories(wanted: Wanted) -> dict[str, str]:
    given = wanted.options.get("repo") or []
    urls = given.split(",") if isinstance(given, str) else given
    if not urls:
        return {f"koji-{wanted.repo['tag_name']}-{wanted.repo['id']}": wanted.repo_url}
    return {f"koji-override-{number}": str(url) for number, url in enumerate(dict.fromkeys(urls))}


def command(tool: Tool, wanted: Wanted, lorax: str = "") -> tuple[str, ...]:
    """The command of a job that makes an image of a kickstart file; LORAX is a directory of templates."""
    arguments = {LIVE_MEDIA: _live_media, LIVE_CD: _live_cd, APPLIANCE: _appliance}[tool](wanted, lorax)
    return ("/bin/bash", "-c", _LIST + _KICKSTART, tool.name, *arguments)


def _live_media(wanted: Wanted, lorax: str) -> list[str]:
    options = wanted.options
    iso = f"{wanted.name}-{wanted.arch}-{wanted.version}-{wanted.release}.iso"
    words = [
        "--ks", f"{_HOME}/{wanted.kickstart}", "--logfile", f"{_HOME}/logs/livemedia-out.log", "--no-virt",
        "--resultdir", f"{_HOME}/made", "--project", wanted.name, "--make-iso", "--volid", _volume_id(wanted),
        "--iso-only", "--iso-name", iso, "--releasever", wanted.version,
        "--macboot" if wanted.arch == "x86_64" and not options.get("nomacboot") else "--nomacboot",
    ]  # fmt: skip
    if lorax:
        words += ["--lorax-templates", f"{_HOME}/{lorax}"]
    if options.get("squashfs_only"):
        words.append("--squashfs-only")
    for each in options.get("compress_arg") or []:
        words += ["--compress-arg", str(each)]
    return ["fresh", "", iso, LIVE_MEDIA.program, *words]


def _live_cd(wanted: Wanted, _: str) -> list[str]:
    words = ["-c", f"{_HOME}/{wanted.kickstart}", "-d", "-v", "--logfile", f"{_HOME}/logs/livecd.log",
             "--cache", f"{_HOME}/cache", "-f", _volume_id(wanted)]  # fmt: skip
    return ["inside", f"{_HOME}/cache", f"{wanted.nvr}.iso", LIVE_CD.program, *words]


def _appliance(wanted: Wanted, _: str) -> list[str]:
    given = [(name, wanted.options.get(name)) for name in ("vmem", "vcpu", "format")]
    words = [
        "-c", f"{_HOME}/{wanted.kickstart}", "-d", "-v", "--logfile", f"{_HOME}/logs/appliance.log",
        "--cache", f"{_HOME}/cache", "-o", "made",
        *(word for name, value in given if value is not None for word in (f"--{name}", str(value))),
        "--name", wanted.nvr, "--version", wanted.version, "--release", wanted.release,
    ]  # fmt: skip
    return ["given", f"{_HOME}/cache", "", APPLIANCE.program, *words]


def _volume_id(wanted: Wanted) -> str:
    given = wanted.options.get("volid")
    if given and len(given) > _VOLUME_ID:
        raise GenericError(f"volume ID is longer than {_VOLUME_ID} characters")
    return str(given or wanted.nvr[:_VOLUME_ID])


# kiwi


def description(wanted: Wanted, path: str, buildroot_repo: str) -> kiwidesc.Order:
    """What `kiwidesc` is told to make of the description at PATH; BUILDROOT_REPO is the build tag's, if that is wanted."""
    options = wanted.options
    repos = [str(each) for each in options.get("repos") or []]
    repos += [buildroot_repo] if options.get("use_buildroot_repo") else []
    releasever = str(options.get("repo_releasever") or wanted.version)
    return kiwidesc.Order(path, wanted.name, wanted.version, sorted(set(repos)), releasever, wanted.arch)


def kiwi(wanted: Wanted, told: kiwidesc.Order) -> tuple[str, ...]:
    """The command of a job that makes an image of a kiwi description."""
    options, place = wanted.options, str(Path(told.path).parent)
    prepared = options.get("make_prep")
    program = Path(kiwidesc.__file__).read_text() if prepared else ""
    log = "--debug", "--logfile"
    build = [
        KIWI.program,
        *(word for name in ("profile", "type") if options.get(name) for word in (f"--{name}", str(options[name]))),
        "--kiwi-file", Path(told.target).name, *log, f"{_HOME}/logs/image-root.{wanted.arch}.log",
        "system", "build", "--description", place, "--target-dir", "/builddir/result/image",
        *(word for each in options.get("type_attr") or [] for word in ("--set-type-attr", str(each))),
    ]  # fmt: skip
    shape = options.get("result_bundle_name_format")
    bundle = [
        KIWI.program, *log, f"{_HOME}/logs/kiwi-result-bundle.{wanted.arch}.log", "result", "bundle",
        "--target-dir", "/builddir/result/image", "--bundle-dir", "/builddir/result/bundle", "--id", wanted.release,
        *(["--bundle-format", str(shape)] if shape else []),
    ]  # fmt: skip
    return ("/bin/bash", "-c", _LIST + _KIWI, KIWI.program, place, program, told.to_json(), *build, "--", *bundle)
