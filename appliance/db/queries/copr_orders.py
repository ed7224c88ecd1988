"""What listings of Copr's nouns can be ordered by: Copr's columns, those not kept here as if all were alike.

The ..._OTHERS are what Copr knows of a noun besides, and refuses in other words than what it never heard of.
"""

# States and kinds of sources, as Copr numbers them.
_STATES = (
    "failed",
    "succeeded",
    "canceled",
    "running",
    "pending",
    "skipped",
    "starting",
    "importing",
    "forked",
    "waiting",
)
_SOURCE_TYPES = ("unset", "link", "upload", "pypi", "rubygems", "scm", "custom", "distgit", "rpm_upload")


# What Copr has of each noun.
_OF_ALL = frozenset(("metadata", "query", "query_class", "registry", "serializable_attributes"))


def ranked(column: str, words: tuple[str, ...]) -> str:
    """The SQL of a number that orders a column's values as WORDS are ordered."""
    ranks = " ".join(f"WHEN '{word}' THEN {rank}" for rank, word in enumerate(words))
    return f"CASE {column} {ranks} END"


def _of(alias: str, names: str, absent: str = "") -> dict[str, str]:
    """{name: SQL} of a table: the columns by NAMES, and ABSENT ones, which order as ids do."""
    kept = {name: f"{alias}.{name}" for name in names.split()}
    return kept | dict.fromkeys(absent.split(), f"{alias}.id")


def _others(names: str) -> frozenset[str]:
    return frozenset(names.split()) | _OF_ALL


PROJECT = {
    **_of(
        "p",
        """
        appstream auto_createrepo auto_prune bootstrap build_enable_net contact created_on delete_after
        deleted description fedora_review follow_fedora_branching group_id homepage id instructions isolation
        module_hotfixes multilib name packit_forge_projects_allowed persistent repo_priority repos
        runtime_dependencies unlisted_on_hp user_id webhook_secret
        """,
        "latest_indexed_data_update playground scm_api_auth_json scm_api_type scm_repo_url storage",
    ),
    "forked_from_id": "p.forked_from",
}
PROJECT_OTHERS = _others(
    """
    active_chroots active_chroots_grouped active_chroots_sorted active_copr_chroots active_multilib_chroots
    admin_mails build_count builds copr_chroots copr_permissions delete_after_days delete_after_msg
    devel_mode dirs disable_createrepo downvotes enable_net enable_permissible_chroots
    enable_permissible_copr_chroots forked_from forks full_name get_search_related_copr_id group
    is_a_group_project is_release_arch_modified main_dir mock_chroots modified_chroots modules modules_url
    new_webhook_secret outdated_chroots owner owner_name packages packit_forge_projects_allowed_list repo_id
    repo_name repo_url repos_list runtime_deps scm_api_auth score still_forking to_dict upvotes user votes
    """
)

PACKAGE = {
    **_of("k", "id max_builds name source_json timeout webhook_rebuild", "enable_net"),
    "chroot_denylist_raw": "k.chroot_denylist",
    "copr_id": "k.project_id",
    "source_type": ranked("k.source_type", _SOURCE_TYPES),
}
PACKAGE_OTHERS = _others(
    """
    builds chroot_denylist chroots copr dist_git_clone_url dist_git_repo dist_git_url
    get_search_related_copr_id has_source_type_set last_build main_pkg matched_chroot source_json_dict
    source_type_text to_dict
    """
)

# Builds are listed by id in any case: what they are to be ordered by is only looked at.
BUILD = _others(
    """
    batch_id bootstrap built_packages canceled copr_dir_id copr_id enable_net fail_type id is_background
    isolation memory_reqs module_id package_id pkg_version pkgs repos result_dir resubmitted_from_id
    scm_object_id scm_object_type scm_object_url source_json source_status source_type srpm_url
    ssh_public_keys submitted_by submitted_on timeout update_callback user_id webhook_history_id
    """
)
BUILD_OTHERS = _others(
    """
    appstream backend_enqueue_buildchroots batch batching_user_error blocked bootstrap_set build_chroots
    cancelable chroot_states chroots chroots_dict_by_name chroots_ended_on chroots_started_on
    chroots_still_active copr copr_dir copr_dirname copr_full_dirname copr_name ended_on fail_type_text
    finished finished_early get_chroots_by_status get_source_log_urls group_name import_log_url_distgit
    isolation_set max_ended_on min_started_on module package package_name persistent repeatable repos_list
    result_dir_url results_dict resubmitted_from sandbox source_backend_log_url source_is_uploaded
    source_json_dict source_live_log_url source_state source_type_text started_on state status submitter
    task_id to_dict user webhook_history
    """
)

BUILD_CHROOT = {
    **_of(
        "c",
        "build_id ended_on id mock_chroot_id result_dir started_on status_reason",
        "build_requires copr_chroot_id git_hash tags_raw",
    ),
    "status": ranked("c.status", _STATES),
}
BUILD_CHROOT_OTHERS = _others(
    """
    backend_enqueue build copr_chroot dist_git_url distgit_clone_url fedora_review finished mock_chroot name
    result_dir_url results results_dict rpm_backend_log_url rpm_fedora_review_url rpm_live_log_url
    rpm_live_logs state tags task_id to_dict
    """
)
