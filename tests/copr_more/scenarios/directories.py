"""Side directories of a project: their names, their monitor, their place in packages and repositories."""

NEEDS_BACKEND = True
NAMES = ["dirs:custom:a", "dirs:custom:a_b", "dirs:custom:é", "dirs:custom:", "dirs:pr:1", "dirs:pr:x-1", "dirs:pr:1-x"]
NAMES += ["dirs:pr:٣", "dirs:PR:1", "dirs", "other:pr:1", " dirs:custom:b", "dirs:custom:a/../b", "", 5]
FORGES = ["github.com/a/b", "github.com/A/b", "https://github.com/a/b", "*", 5]


def run(h):
    h.alice.project("dirs", chroots=["fedora-40-x86_64"], packit_forge_projects_allowed=["github.com/a/*"])
    where = {"ownername": "alice", "projectname": "dirs"}

    def build(**options):
        body = {**where, "pkgs": "http://a/hello-1-1.src.rpm", **options}
        return h.alice.post("/build/create/url", json=body).get("items", 0, "id")

    for name in NAMES:
        h.alice.post("/build/check-before-build", json={**where, "project_dirname": name})
        build(project_dirname=name)
    for forge in FORGES:
        build(packit_forge_project=forge)
    for name in ("dirs:custom:a", "dirs:custom:none"):
        h.anon.get("/rpmrepo/{}/{}/{}", "alice", name, "fedora-40")
        h.anon.get("//coprs/{}/{}/repo/{}", "alice", name, "fedora-40")
        h.anon.get("/monitor", params={**where, "project_dirname": name})
        h.anon.get("/build/list", params={**where, "projectname": name})

    side = build(project_dirname="dirs:custom:a")
    h.backend.advance(side, "succeeded")
    main = build()
    h.backend.advance(main, "failed")
    last = {"with_latest_build": True, "with_latest_succeeded_build": True}
    h.anon.get("/package", params={**where, "packagename": "hello", **last})
    h.anon.get("/package/list", params={**where, **last})
    fields = {"additional_fields[]": ["url_build_log", "url_backend_log"]}
    h.anon.get("/monitor", params={**where, "project_dirname": "dirs:custom:a", **fields})
    h.anon.get("/build-chroot/build-config", params={"build_id": side, "chrootname": "fedora-40-x86_64"})
    broken = build()
    h.backend.advance(broken, "import-failed", exclusive_arch=["aarch64"])
    h.anon.get("/build-chroot/list", params={"build_id": broken})
