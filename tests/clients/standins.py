"""Stand-ins for tools of a buildroot: small programs in real RPMs, which leave what the real tools leave."""

import subprocess
from pathlib import Path

import koji

from tests.clients.site import distribution, group

# The template of a spec file that wraps whatever was built.
WRAPPER = """Name: wrapped-$name
Version: $version.replace('-', '_')
Release: $release
Summary: Wraps what was built
License: MIT
BuildArch: noarch
#for $number, $each in enumerate($all_artifacts)
Source$number: $each
#end for
%description
%{summary}.
%install
#for $each in $all_artifacts
install -D -m 644 %{_sourcedir}/$each %{buildroot}/usr/share/wrapped/$each
#end for
%files
/usr/share/wrapped/*
"""
_SPEC = """Name: {name}
Version: 1.0
Release: 1
Summary: Stands in for a tool of the same place
License: MIT
BuildArch: noarch
{requires}
%description
%{{summary}}.
%install
install -D -m 755 %{{_sourcedir}}/{name} %{{buildroot}}{place}
%files
{place}
"""

# Takes artifacts from the mirror or the repositories that the settings name, and deploys a jar where they say.
_MVN = r"""#!/bin/bash
set -eu
echo "MAVEN_OPTS=$MAVEN_OPTS FLAVOUR=${FLAVOUR:-plain} mvn $*"
pom=pom.xml last=
for word; do [ "$last" != -f ] || pom=$word; last=$word; done
[ -e "$pom" ] || { echo "[ERROR] the POM file $pom does not exist"; exit 1; }
settings=$(cat ~/.m2/settings.xml)
value() { grep -o "<$1>[^<]*</$1>" <<< "$2" | head -1 | sed 's/<[^>]*>//g'; }
deploy=$(value altDeploymentRepository "$settings"); deploy=${deploy##*file://}
project=$(sed 's/<dependency>.*<\/dependency>//' "$pom")
group=$(value groupId "$project") artifact=$(value artifactId "$project") version=$(value version "$project")
grep -o '<dependency>.*</dependency>' "$pom" | while read -r line; do
    needed=$(value groupId "$line" | tr . /)/$(value artifactId "$line")/$(value version "$line")
    for url in $(grep -o '<url>file://[^<]*' <<< "$settings" | sed 's/.*file:\/\///'); do
        [ ! -d "$url/$needed" ] || { mkdir -p ~/.m2/repository/"$needed"; cp -L "$url/$needed"/*.{jar,pom} ~/.m2/repository/"$needed"; }
    done
    [ -d ~/.m2/repository/"$needed" ] || { echo "[ERROR] Could not find artifact $needed"; exit 1; }
    echo "[INFO] took $needed"
done
place=$(tr . / <<< "$group")/$artifact
for repository in "$deploy" ~/.m2/repository; do
    mkdir -p "$repository/$place/$version"
    printf 'PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0' > "$repository/$place/$version/$artifact-$version.jar"
    cp "$pom" "$repository/$place/$version/$artifact-$version.pom"
done
! grep -q stray "$pom" || touch ~/.m2/repository/stray.jar
cd "$deploy/$place"
echo "<metadata><groupId>$group</groupId><artifactId>$artifact</artifactId></metadata>" > maven-metadata.xml
for file in maven-metadata.xml "$version"/*; do md5sum "$file" | cut -c -32 > "$file.md5"; done
echo "[INFO] BUILD SUCCESS"
"""

# What makers of images have in common: the repository of the kickstart file is there, a package of it can be had.
_INSTALL = r"""#!/bin/bash
set -eu
said() { local last=; for word in "${all[@]}"; do [ "$last" != "$1" ] || { echo "$word"; return; }; last=$word; done; }
all=("$@")
install() {
    repo=$(grep -o 'file:///koji/[^" ]*' "$1" | head -1); repo=${repo#file://}
    primary=$(ls "$repo"/repodata/*primary.xml.gz)
    line=$(zcat "$primary" | grep -o '<location [^>]*bash-[^>]*>' | head -1)
    base=$(sed 's/.*base="file:\/\/\([^"]*\)".*/\1/' <<< "$line") href=$(sed 's/.*href="\([^"]*\)".*/\1/' <<< "$line")
    mkdir -p "$2"
    cp "$base/$href" "$2"
}
iso() { { head -c 32768 /dev/zero; printf '\1CD001\1'; head -c 2041 /dev/zero; } > "$1"; }
"""
_LIVEMEDIA = r"""
[ ! -e "$(said --resultdir)" ] || { echo "the result directory exists"; exit 1; }
install "$(said --ks)" /var/tmp/packages
mkdir -p "$(said --resultdir)" "$(dirname "$(said --logfile)")/anaconda"
iso "$(said --resultdir)/$(said --iso-name)"
echo "livemedia-creator $*" > "$(said --logfile)"
echo "storage" > "$(dirname "$(said --logfile)")/anaconda/storage.log"
"""
_LIVECD = r"""
install "$(said -c)" "$(said --cache)"
echo "livecd-creator $*" > "$(said --logfile)"
[ "$(said -f)" = no.iso ] || iso "$(said -f).iso"
"""
_APPLIANCE = r"""
install "$(said -c)" "$(said --cache)"
echo "appliance-creator $*" > "$(said --logfile)"
mkdir -p "$(said -o)/$(said --name)"
head -c 4096 /dev/zero > "$(said -o)/$(said --name)/$(said --name)-sda.$(said --format)"
echo "<image/>" > "$(said -o)/$(said --name)/$(said --name).xml"
"""
_KIWI = r"""
echo "kiwi-ng $*" > "$(said --logfile)"
if [ -n "$(said --bundle-dir)" ]; then
    mkdir -p "$(said --bundle-dir)"
    for each in "$(said --target-dir)"/*.raw; do
        name=${each##*/}
        cp "$each" "$(said --bundle-dir)/${name%.raw}-$(said --id).raw"
    done
    exit
fi
description=$(said --description)/$(said --kiwi-file)
install "$description" /tmp/packages
root=$(said --target-dir)/build/image-root
mkdir -p "$root"
rpm --root "$root" --dbpath "$(rpm -E %_dbpath)" -i --justdb --nodeps --nosignature /tmp/packages/*.rpm
name=$(grep -o ' name="[^"]*"' "$description" | head -1 | cut -d '"' -f 2)
version=$(grep -o '<version>[^<]*' "$description" | cut -d '>' -f 2)
head -c 4096 /dev/zero > "$(said --target-dir)/$name.x86_64-$version.raw"
"""
_TOOLS = {
    "mvn": ("/usr/bin/mvn", _MVN),
    "livemedia-creator": ("/sbin/livemedia-creator", _INSTALL + _LIVEMEDIA),
    "livecd-creator": ("/usr/bin/livecd-creator", _INSTALL + _LIVECD),
    "appliance-creator": ("/usr/bin/appliance-creator", _INSTALL + _APPLIANCE),
    "kiwi-ng": ("/usr/bin/kiwi-ng", _INSTALL + _KIWI),
}


def repository(directory: Path, *names: str) -> Path:
    """A dnf repository of the stand-ins of these names, in packages of the same names."""
    for name in names:
        place, program = _TOOLS[name]
        top = directory / "tree" / name
        top.mkdir(parents=True)
        (top / name).write_text(program)
        (top / f"{name}.spec").write_text(_SPEC.format(name=name, place=place, requires="Requires: bash"))
        macros = {"_topdir": top, "_sourcedir": top, "_rpmdir": directory, "_rpmfilename": "%{name}.noarch.rpm"}
        defined = [word for macro, value in macros.items() for word in ("-D", f"{macro} {value}")]
        _run(["rpmbuild", "-bb", "--quiet", *defined, top / f"{name}.spec"])
    _run(["createrepo_c", "--quiet", directory])
    return directory


def offer(session: koji.MultiCallSession, directory: Path, groups: dict[str, list[str]]) -> None:
    """Give the tag demo-build these groups: what packages are built with, and the stand-ins that each names."""
    place = repository(directory, *(name for names in groups.values() for name in names))
    session.createExternalRepo("tools", f"file://{place}/")
    session.addExternalRepoToTag("demo-build", "tools", 7)
    common = group(distribution("minimal"), "build")
    for name, more in groups.items():
        session.groupListAdd("demo-build", name)
        for package in [*common, *more]:
            session.groupPackageListAdd("demo-build", name, package)


def _run(words: list[object]) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert done.returncode == 0, f"{words[0]}: {done.stdout}{done.stderr}"
