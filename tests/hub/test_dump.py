"""A dump is the whole hub: its plan is empty, and applied to an empty hub it gives itself. Whatever was done before."""

import random
import shutil

import koji
import pytest

from appliance.hub import (
    bootstrap,
    channels,
    content_generators,
    external_repos,
    groups,
    hosts,
    inheritance,
    mock_chroots,
    packages,
    permissions,
    principals,
    project_chroots,
    project_permissions,
    project_settings,
    projects,
    state,
    tags,
    targets,
    user_groups,
    users,
    wanted,
)
from appliance.hub.hub import Session

WORDS = ("", "plain", 'quotes " and \\', "two\nlines", "ünïcode \x7f", "# not a comment")
JSON = (0, 1.5, True, "text", [1, "two", {"three": 3}], {"a": {"b": []}}, {"none": None}, [None], 2**70)
CHROOTS = ("fedora-40-x86_64", "fedora-41-aarch64", "epel-9-x86_64")


class Vandal:
    """Does what the APIs allow to a hub, at random: people, machines, tags, groups, repositories, projects."""

    def __init__(self, call, seed):
        self.call, self.random = call, random.Random(seed)
        self.people = [self.person(name) for name in ("ann", "bob", "eve")]
        for name in CHROOTS:
            mock_chroots.bring_about(call, {"name": name})

    def maybe(self, *choices):
        return self.random.choice((None, *choices))

    def some(self, *choices):
        return self.random.sample(choices, self.random.randrange(len(choices) + 1))

    def flag(self):
        return self.random.random() < 0.5

    def word(self):
        return self.random.choice(WORDS)

    def all(self):
        for number in range(self.random.randrange(1, 4)):
            self.group(f"team{number}")
            self.machine(f"builder{number}.example.com")
            self.generator(f"generator{number}")
        repos = [self.repository(f"repo{number}") for number in range(4)]
        names = [f"tag{number}" for number in self.random.sample(range(9), 6)]
        for name in names:
            self.tag(name)
        for name in names:
            self.contents(name, names, repos)
        for number in range(3):
            build, dest = self.random.choices(names, k=2)
            targets.create(self.call, f"target{number}", build, dest)
        for owner in (*self.people, "@team0"):
            self.project(owner)
        for name in self.some(*CHROOTS):
            mock_chroots.bring_about(self.call, {"name": name, "active": False})

    def person(self, name):
        user_id = users.create(self.call, name, status=self.random.choice(list(koji.USER_STATUS.values())))
        self.rights(user_id, name)
        return name

    def rights(self, user_id, name):
        for permission in self.some("tag", "host", "repo", "dist-repo"):
            permissions.hold(self.call, user_id, permission)
        for realm in self.some("A.EXAMPLE", "B.EXAMPLE"):
            principals.add(self.call, user_id, f"{name}@{realm}")

    def generator(self, name):
        for user in self.people:
            content_generators.grant(self.call, user, name, create=True)
        for user in self.some(*self.people):
            content_generators.revoke(self.call, user, name)

    def group(self, name):
        self.rights(user_groups.create(self.call, name), name)
        for member in self.some(*self.people):
            user_groups.add_member(self.call, name, member)

    def machine(self, name):
        channels.create(self.call, f"channel-{name}", self.maybe(*WORDS))
        channels.edit(self.call, f"channel-{name}", {"comment": self.word()})
        channels.set_enabled(self.call, f"channel-{name}", self.flag())
        host = hosts.create(self.call, name, self.some("x86_64", "i686", "aarch64"), ())
        for channel in self.some("default", f"channel-{name}", "createrepo"):
            hosts.join_channel(self.call, host, channel)
        hosts.edit(self.call, host, {"capacity": 1.5, "description": self.word(), "comment": self.word()})
        hosts.set_enabled(self.call, name, self.flag())
        self.rights(users.identify(self.call, name), name)

    def repository(self, name):
        external_repos.create(self.call, name, f"https://example.com/{name}/$arch")
        return name

    def tag(self, name):
        extra = {f"key.{number}": self.random.choice(JSON) for number in range(self.random.randrange(4))}
        tags.create(
            self.call, name, arches=self.maybe("x86_64", "x86_64 i686"), perm=self.maybe("tag"), locked=self.flag(),
            extra=extra,
        )  # fmt: skip
        tags.edit(self.call, name, block_extra=self.some("blocked one", "rpm.macro.dist"))

    def contents(self, name, names, repos):
        tag_id = tags.known(self.call, name)
        parents = self.some(*(other for other in names if other < name))
        links = [
            inheritance.link(
                tags.known(self.call, parent),
                at * 7,
                self.maybe(0, 3),
                self.flag(),
                self.flag(),
                self.maybe("^a") or "",
            )
            for at, parent in enumerate(parents)
        ]
        before = self.flag()  # what is inherited counts for what comes after
        if before:
            inheritance.write(self.call, tag_id, links)
        for package in self.some("bash", "zsh", "gcc"):
            owner = users.identify(self.call, self.random.choice(self.people))
            packages.put(self.call, tag_id, package, owner, self.flag(), self.maybe("i686"), force=True)
        for group in self.some("build", "srpm-build"):
            self.comps(name, group)
        for priority, repo in enumerate(self.some(*repos)):
            mode = self.random.choice(sorted(koji.REPO_MERGE_MODES))
            external_repos.add_to_tag(self.call, tag_id, repo, priority * 5, mode, self.maybe("x86_64 i686"))
        if not before:
            inheritance.write(self.call, tag_id, links)

    def comps(self, tag, group):
        usable = groups.effective(self.call, tags.known(self.call, tag)).values()
        if group not in {each["name"] for each in usable} or self.flag():
            options = {"description": self.word(), "is_default": self.flag(), "exported": self.flag()}
            groups.add(self.call, tag, group, block=False, force=True, **options, biarchonly=self.maybe(True, False))
        if any(each["blocked"] for each in usable if each["name"] == group):
            return
        for package in self.some("bash", "make", "a package"):
            kind = self.random.choice(("mandatory", "optional"))
            groups.add_package(self.call, tag, group, package, self.flag(), True, type=kind, requires=self.maybe("x"))
        groups.add(self.call, tag, "core", force=True)
        groups.add_requirement(self.call, tag, group, "core", self.flag(), True, is_metapkg=self.flag())
        if self.random.random() < 0.2:
            groups.block(self.call, tag, group)

    def project(self, owner):
        name = f"project-{self.random.randrange(100)}"
        acting = "ann" if owner.startswith("@") else owner
        user_id = users.identify(self.call, acting)
        self.call.session = Session(user_id=user_id, user_name=acting, perms=frozenset({"admin"}))
        chroots = [*self.some(*CHROOTS[1:]), CHROOTS[0]]
        given = {
            "name": name, "chroots": chroots, "description": self.word(), "instructions": self.word(),
            "homepage": self.maybe("https://example.com/"), "contact": self.maybe("ann@example.com"),
            "bootstrap": self.random.choice(("default", "off", "on")), "isolation": self.maybe("nspawn", "simple"),
            "devel_mode": self.flag(), "enable_net": self.flag(), "multilib": self.flag(), "appstream": self.flag(),
            "unlisted_on_hp": self.flag(), "persistent": self.flag(), "auto_prune": self.flag(),
            "module_hotfixes": self.flag(), "fedora_review": self.flag(), "repo_priority": self.maybe(7),
            "additional_repos": self.maybe("https://example.com/x https://example.com/y"),
            "packit_forge_projects_allowed": self.maybe("https://github.com/a/b github.com/c/d"),
        }  # fmt: skip
        project_settings.add(self.call, owner, _said(given))
        project = projects.find(self.call, owner, name)
        for person in self.some(*(each for each in self.people if each != acting)):
            roles = {role: self.random.choice(list(project_permissions.STATES)) for role in ("admin", "builder")}
            project_permissions.grant(self.call, project, {person: roles})
        for chroot in self.some(*chroots):
            given = {
                "additional_packages": self.maybe("gcc make"), "additional_repos": self.maybe("https://example.com/z"),
                "additional_modules": self.maybe("nodejs:18"), "with_opts": self.maybe("tests"),
                "bootstrap": self.maybe("on", "off"), "isolation": self.maybe("simple"),
                "bootstrap_image": self.maybe("fedora:40"),
            }  # fmt: skip
            project_chroots.edit(self.call, project, chroot, _said(given))
        self.call.tx.execute(
            "UPDATE project_chroot SET comps = :comps, comps_name = 'comps.xml' WHERE project_id = :id",
            {"id": project["id"], "comps": b"<comps/>\n"},
        )


def _said(given):
    return {name: value for name, value in given.items() if value is not None}


@pytest.fixture
def empty(made_state, tmp_path):
    """A function that opens a new hub with two users in it."""
    opened = []

    def made(name):
        shutil.copytree(made_state, tmp_path / name)
        opened.append(state.open_hub(tmp_path / name))
        return opened[-1]

    yield made
    for each in opened:
        each.close()


def wrecked(hub, seed):
    with hub.write() as call:
        call.session = bootstrap.operator(call)
        Vandal(call, seed).all()
    return hub


@pytest.mark.parametrize("seed", range(6))
def test_a_dump_of_any_hub_is_that_hub(empty, tmp_path, seed):
    hub, path = wrecked(empty("one"), seed), tmp_path / "hub.toml"
    text = wanted.dump(hub)
    path.write_text(text)
    assert wanted.plan(hub, path) == []
    assert wanted.plan(hub, path, prune=True) == []
    other = empty("other")
    wanted.apply(other, path)
    assert wanted.dump(other) == text


@pytest.mark.parametrize("seed", range(6))
def test_pruning_turns_any_hub_into_another(empty, tmp_path, seed):
    """What is never removed stays: permissions, chroots, people, machines and channels, which are locked out."""
    one, other = wrecked(empty("one"), 100 + seed), wrecked(empty("other"), 200 + seed)
    path = tmp_path / "hub.toml"
    path.write_text(wanted.dump(one))
    wanted.apply(other, path, prune=True)
    assert wanted.plan(other, path, prune=True) == []
