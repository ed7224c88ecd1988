"""A repository with tools that make source packages: the real tito, and what gem2rpm would be.

gem2rpm itself is in no registry that tests may use: its stand-in fetches the gem where the chroot says that gems
are, describes it in a spec file, and takes the arguments that gem2rpm takes. Where a chroot has the real one, the
same call is answered by it.
"""

import importlib.util
import subprocess
from pathlib import Path

_SPEC = """\
Name: {name}
Version: 1
Release: 1
Summary: For tests
License: MIT
BuildArch: noarch
{more}
%description
For tests.
%install
cp -r {tree} %{{buildroot}}
%files
{files}
"""
_TITO = "#!/usr/bin/python3\nimport sys\nfrom tito.cli import main\nsys.exit(main())\n"
_GEM2RPM = r"""#!/bin/bash
set -eu
gem=$1 server=$(cat /etc/gem-server)
[ "$2 $3 $5" = "--srpm -C --fetch" ]
mkdir sources
exec 3<> "/dev/tcp/${server/://}"
printf 'GET /gems/%s-1.0.gem HTTP/1.0\r\n\r\n' "$gem" >&3
sed '1,/^\r$/d' <&3 > "sources/$gem-1.0.gem"
cat > "$gem.spec" <<END
Name: rubygem-$gem
Version: 1.0
Release: 1
Summary: A gem
License: MIT
BuildArch: noarch
Source0: $gem-1.0.gem
%description
A gem.
%install
install -D -m 0644 %{SOURCE0} %{buildroot}/usr/share/gems/cache/$gem-1.0.gem
%files
/usr/share/gems
END
rpmbuild -bs --define "_sourcedir $PWD/sources" --define "_srcrpmdir $4" "$gem.spec"
"""


def repository(directory: Path, gem_server: str) -> Path:
    """A repository in DIRECTORY with the tools; HOST:PORT is where their gems are from."""
    made = directory / "packages"
    made.mkdir(parents=True)
    found = importlib.util.find_spec("tito")
    assert found is not None and found.origin is not None
    tito = {"usr/lib/python3/dist-packages/tito": Path(found.origin).parent, "usr/bin/tito": _TITO}
    _package(made, "tito", tito, "Requires: git python3 python3-rpm python3-blessed python3-pkg-resources rpm-build")
    _package(made, "rubygem-gem2rpm", {"usr/bin/gem2rpm": _GEM2RPM, "etc/gem-server": f"{gem_server}\n"}, "")
    subprocess.run(["createrepo_c", "-q", str(made)], check=True)
    return made


def _package(target: Path, name: str, content: dict[str, Path | str], more: str) -> None:
    """Make a noarch package of files, each a text or a copy of a directory."""
    top = target.parent / f"making-{name}"
    for place, source in content.items():
        path = top / "tree" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(source, Path):
            subprocess.run(["cp", "-r", str(source), str(path)], check=True)
        else:
            path.write_text(source)
            path.chmod(0o755)
    files = "\n".join(f"/{place}" for place in content)
    (top / "x.spec").write_text(_SPEC.format(name=name, more=more, tree=f"{top}/tree/*", files=files))
    words = [
        "-bb",
        "--quiet",
        "-D",
        f"_rpmdir {target}",
        "-D",
        f"_topdir {top}",
        "-D",
        "__brp_python_bytecompile %{nil}",
    ]
    subprocess.run(["rpmbuild", *words, str(top / "x.spec")], check=True, capture_output=True)
