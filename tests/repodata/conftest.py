"""Real RPMs, built on the spot once a session."""

from pathlib import Path

import pytest

from .shelf import KIT, Shelf, run

SPEC = """\
Name: sample
Version: 1.2
Release: 3
Epoch: 4
Summary: A sample with ünïcode & <markup>
License: MIT
URL: https://example.com/?a=1&b=2
BuildArch: noarch
Requires: sample-libs >= 4:1.0
Requires(pre): /bin/sh
Recommends: (other if sample-libs)
Conflicts: sample < 1
Obsoletes: older < 2
%description
Two lines,
  <location href="not this one"/> among them.
%package libs
Summary: The other half
%description libs
More.
%prep
%install
mkdir -p %{buildroot}/etc/sample "%{buildroot}/usr/share/sample/a dir" %{buildroot}/usr/bin
echo 1 > %{buildroot}/etc/sample/conf
echo 2 > "%{buildroot}/usr/share/sample/a dir/a & b"
echo 3 > %{buildroot}/usr/bin/sample
%files
%config /etc/sample/conf
%dir /etc/sample
/usr/bin/sample
%files libs
/usr/share/sample
%changelog
* Fri Mar 01 2024 Ann Example <ann@example.com> - 4:1.2-3
- First & last
"""


@pytest.fixture(scope="session")
def built(tmp_path_factory) -> list[Path]:
    """A source package and two binary ones from rpmbuild itself."""
    top = tmp_path_factory.mktemp("rpmbuild")
    spec = top / "sample.spec"
    spec.write_text(SPEC)
    run("rpmbuild", "-ba", "--define", f"_topdir {top}", "--define", f"_tmppath {top}", spec)
    return sorted(top.glob("*RPMS/**/*.rpm"))


@pytest.fixture(scope="session")
def rpms(built) -> list[Path]:
    """All real packages there are: the built ones and the kit's, signed ones included."""
    return built + sorted(KIT.glob("*.rpm"))


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()
