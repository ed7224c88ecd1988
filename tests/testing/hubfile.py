"""A bootstrap file with something of everything."""

HUB = """
[[permission]]
name = "release"
description = "May release"

[[channel]]
name = "secure-boot"
description = "Signs"

[[user]]
name = "carol"
password = "carolpw"
permissions = ["tag"]
api_login = "carol-login"
api_token = "carol-token"

[[content_generator]]
name = "container-build"
users = ["carol"]

[[host]]
name = "arm1"
arches = ["aarch64"]
channels = ["default", "secure-boot"]
capacity = 4.0

[[chroot]]
name = "fedora-39-x86_64"
install = ["@buildsys-build"]
[[chroot.repo]]
name = "base"
baseurl = "http://mirror.example/39"

[[tag]]
name = "f39"
arches = "x86_64"
perm = "release"
extra = { "mock.new_chroot" = 0, rpm = { "macro.dist" = ".fc39" } }
packages = { bash = "carol" }
blocked = ["openssl"]

[[tag]]
name = "f39-build"
arches = "x86_64"
inherit = ["f39", { parent = "f39-overrides", maxdepth = 1, intransitive = true }]
groups = { build = ["bash", "gcc"], srpm-build = ["bash"] }
[[tag.external_repo]]
name = "f39-base"
url = "http://mirror.example/39/$arch/"

[[tag]]
name = "f39-overrides"

[[target]]
name = "f39"
build_tag = "f39-build"
dest_tag = "f39"

[[project]]
owner = "carol"
name = "tools"
chroots = ["fedora-39-x86_64"]
description = "Tools"
enable_net = true
"""
