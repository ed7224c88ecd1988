"""The three merge modes choose the packages that mergerepo_c chooses with the options that kojid gives it."""

import gzip

import pytest

from appliance.repodata import ForeignRepository, RepodataError, Source, merge, pkgorigins
from appliance.repodata.merge import EXPANDED, MULTILIB, expand
from appliance.testing.rpmfile import Spec, write

from .shelf import BIN, createrepo, packages, records, run

OWN = [
    Spec("foo"), Spec("foo-libs", source="foo"), Spec("foo", arch="src"), Spec("loc"),
    Spec("only32", arch="i686"), Spec("two", "1.0"), Spec("two-x", "1.1", source="two"),
]  # fmt: skip
SECOND = [
    Spec("foo", "2.0"), Spec("foo-new", "2.0", source="foo"), Spec("bar", "1.0"), Spec("bar", "2.0"),
    Spec("bar-doc", "1.0", source="bar"), Spec("loc", release="2"), Spec("blocked"),
    Spec("blocked-sub", source="blocked"), Spec("blocked", arch="src"), Spec("ppc", arch="ppc64"),
    Spec("ep", epoch=3), Spec("a586", arch="i586"), Spec("bar", "2.0", arch="src"), Spec("rc", "1.0~rc1"),
    Spec("rc", "1.0"), Spec("rc-sub", "1.0~rc1", source="rc"), Spec("ia", arch="ia32e"),
]  # fmt: skip
THIRD = [
    Spec("bar", "2.0", summary="Another"), Spec("baz"), Spec("bar-extra", "2.0", source="bar"), Spec("loc"),
    Spec("baz-x", source="foo"), Spec("ep", "2.0", epoch=1), Spec("foo", arch="src", summary="Another"),
    Spec("rc", "3.0"),
]  # fmt: skip
# Koji's table of architectures has these; the command's does not.
KOJIS_OWN = {"armv5tel", "armv6hl", "armv6hnl"}
OPTIONS = {
    "koji": ("--koji", "--blocked"),
    "simple": ("--koji", "--simple", "--blocked"),
    "bare": ("--pkgorigins", "--all"),
}


@pytest.fixture(scope="module")
def repos(tmp_path_factory):
    top = tmp_path_factory.mktemp("merge")
    for name, specs in (("own", OWN), ("second", SECOND), ("third", THIRD)):
        write(top / name, *specs)
        createrepo(top / name)
    (top / "blocklist").write_text("blocked\n")
    return [top / name for name in ("own", "second", "third")]


def sources(repos):
    """As the hub gives them: the tag's own packages lie relative to the repository, the others at a base."""
    found = []
    for at, repo in enumerate(repos):
        url = f"file://{repo}/"
        entries = [entry for entry, _ in ForeignRepository(repo, url).packages()]
        found.append(Source(url, [entry._replace(base="") for entry in entries] if at == 0 else entries))
    return found


def by_command(repos, mode, arch, out):
    options = list(OPTIONS[mode])
    if "--blocked" in options:
        options.append(repos[0].parent / "blocklist")
    places = [word for repo in repos for word in ("--repo", f"file://{repo}/")]
    run(BIN / "mergerepo_c", *options, "--archlist", arch, "--arch-expand", "-o", out, *places)
    origins = gzip.decompress((out / records(out)["origin"].location_href).read_bytes()).decode()
    return packages(out), origins.splitlines()


@pytest.mark.parametrize("arch", ["x86_64", "i386", "src", "ppc64", "aarch64"])
@pytest.mark.parametrize("mode", ["koji", "simple", "bare"])
def test_packages_and_origins_are_those_of_the_command(repos, tmp_path, mode, arch):
    found = merge(sources(repos), mode, arch, {"blocked"})
    theirs, origins = by_command(repos, mode, arch, tmp_path / "out")
    assert sorted((e.nevra, e.pkgid, e.href, e.base) for e in found.entries) == sorted(
        (
            f"{p.name}-{p.epoch}:{p.version}-{p.release}.{p.arch}",
            p.pkgId,
            p.location_href,
            p.location_base or "",
        )
        for p in theirs
    )
    (extra,) = pkgorigins(found.origins)
    assert sorted(extra.content.decode().splitlines()) == sorted(origins)


def test_own_packages_come_first_and_keep_their_order(repos):
    found = merge(sources(repos), "koji", "x86_64")
    own = [entry.nevra for entry in sources(repos)[0].entries if entry.arch != "src" and entry.name != "two"]
    assert [entry.nevra for entry in found.entries][: len(own)] == own


def test_older_version_in_a_better_repository_wins_with_all_its_packages(repos):
    found = {entry.nvra for entry in merge(sources(repos), "koji", "x86_64").entries}
    assert "foo-1.0-1.noarch" in found
    assert not found & {"foo-2.0-1.noarch", "foo-new-2.0-1.noarch"}


def test_blocked_source_packages_stay_out_with_all_their_packages(repos):
    for mode in ("koji", "simple"):
        names = {entry.name for entry in merge(sources(repos), mode, "x86_64", {"blocked"}).entries}
        assert not names & {"blocked", "blocked-sub"}
    assert "blocked-sub" in {entry.name for entry in merge(sources(repos), "bare", "x86_64", {"blocked"}).entries}


def test_every_architecture_lets_in_what_it_does_for_the_command(tmp_path):
    arches = {*EXPANDED, *MULTILIB, *MULTILIB.values(), "aarch64", "ppc64le", "riscv64", "noarch"}
    arches |= {arch for group in EXPANDED.values() for arch in group}
    write(tmp_path / "all", *(Spec(f"for-{arch}", arch=arch) for arch in sorted(arches)))
    createrepo(tmp_path / "all")
    for arch in sorted({*EXPANDED, *MULTILIB, "aarch64"}):
        theirs, _ = by_command([tmp_path / "all"], "bare", arch, tmp_path / arch)
        assert {package.arch for package in theirs} == expand(arch) - KOJIS_OWN, arch


def test_unknown_mode_is_refused():
    with pytest.raises(RepodataError, match="no such merge mode: 'best'; there are koji, simple, bare"):
        merge([], "best", "x86_64")


def test_package_that_does_not_tell_its_source_properly_is_named(repos):
    (first, *_) = sources(repos)
    odd = [entry._replace(sourcerpm="nonsense") for entry in first.entries[:1]]
    with pytest.raises(RepodataError, match="'nonsense' is not the file name of a source package"):
        merge([Source("u", odd)], "koji", "x86_64")
