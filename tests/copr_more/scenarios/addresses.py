"""Methods, slashes and empty parameters: what answers where."""

PATHS = ["/build", "/build/list/", "/build/1.0", "/build-chroot", "/package", "/package/edit/alice/where/x", "/project"]
PATHS += [
    "/project/",
    "/mock-chroots",
    "/monitor/",
    "/gssapi_login",
    "/webhook/generate/alice/where",
    "/rpmrepo/alice/where",
]
ORDERS = ["packages", "full_name", "chroots", "copr_id", "query_class", "id desc"]
RESET = ["comps", "comps_zlib", "comps_name", "with_opts without_opts", "nope", "last_build_timestamp"]


def run(h):
    h.alice.project("where")
    for path in PATHS:
        for method in ("PUT", "DELETE", "OPTIONS", "PATCH", "HEAD"):
            h.alice.call(method, path)
    for path in ("/package/list", "/build/list", "/monitor", "/project"):
        h.anon.get(path, params={"ownername": "", "projectname": ""})
        h.anon.get(path, params={"ownername": "alice", "projectname": ""})
    for order in ORDERS:
        h.anon.get("/project/list", params={"ownername": "alice", "order": order, "limit": 1})
    for fields in RESET:
        h.alice.put(
            "/project-chroot/edit/{}/{}/{}", "alice", "where", "fedora-40-x86_64", json={"reset_fields": fields}
        )
