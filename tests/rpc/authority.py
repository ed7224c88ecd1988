"""Who may call what, written by hand from Koji's documentation and from what its hub answers.

A rule says who is let in, as a word of six places; `-` stands for who is refused:

    A  anonymous            H  a build host in its exclusive session
    U  a user without any   P  who holds the named permission, and no other
    O  the object's owner   M  an admin

A method that several rules name is called once by each, with other arguments: `method#case`.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Who is let in, which permission `P` holds, and the methods."""

    lets_in: str
    methods: str
    permission: str = ""


RULES = (
    # reading is open to everybody
    Rule(
        "AUOHPM",
        """
        _listapi system.listMethods system.methodHelp system.methodSignature echo hello error fault
        getAPIVersion getKojiVersion mavenEnabled winEnabled showSession getSessionInfo
        getLoggedInUser getUser listUsers getGroupMembers getUserGroups getPerms hasPerm getUserPerms
        getUserPermsInheritance getAllPerms listCGs evalPolicy
        getHost listHosts getAllArches getLastHostUpdate getChannel listChannels
        getTag getTagID listTags getBuildConfig getInheritanceData getFullInheritance tagChangedSinceEvent
        tagFirstChangeEvent tagLastChangeEvent checkTagAccess checkTagPackage getTagGroups
        getBuildTarget getBuildTargets getExternalRepo getExternalRepoList listExternalRepos
        getTagExternalRepos getPackage getPackageID getPackageConfig listPackages listPackagesSimple
        listSideTags
        getBuild getPromotedBuild findBuildID listBuilds getBuildType listBTypes getBuildLogs getNextRelease
        getAverageBuildDuration buildReferences untaggedBuilds getMavenBuild getWinBuild getImageBuild
        listTagged listTaggedRPMS listTaggedArchives getLatestBuilds getLatestRPMS getLatestMavenArchives
        getRPM listRPMs listBuildRPMs getRPMDeps listRPMFiles getRPMFile getRPMHeaders getRPMChecksums
        queryRPMSigs getChangelogEntries
        getArchive listArchives getMavenArchive getWinArchive getImageArchive listArchiveFiles
        getArchiveFile getArchiveType getArchiveTypes
        getBuildroot listBuildroots getBuildrootListing
        getTaskInfo getTaskRequest getTaskResult getTaskChildren getTaskDescendents listTasks taskFinished
        listTaskOutput downloadTaskOutput checkUpload
        getRepo repoInfo getActiveRepos repo.get repo.query repo.queryQueue repo.checkRequest
        repo.references repo.getExternalRepoData
        scheduler.getTaskRuns scheduler.getTaskRefusals scheduler.getHostData scheduler.getLogMessages
        getVolume listVolumes search queryHistory getEvent getLastEvent
        getBuildNotification getBuildNotifications getBuildNotificationBlock getBuildNotificationBlocks
        count filterResults countAndFilterResults
        exclusiveSession sharedSession
        """,
    ),
    # coming and going
    Rule("A-----", "login sslLogin"),
    Rule("-UOHPM", "logout logoutChild subsession"),
    Rule("--O--M", "logout#another"),
    Rule("A-O--M", "getSessionInfo#another"),
    # what needs no more than a name: the builders ask the policies about the rest
    Rule(
        "-UOHPM",
        """
        build chainBuild mavenBuild chainMaven wrapperRPM buildContainer buildSourceContainer
        repo.request uploadFile createSideTag distRepo
        """,
    ),
    Rule("-----M", "build#urgent chainBuild#urgent mavenBuild#urgent count#createUser"),
    Rule("-UOHPM", "tagBuild untagBuild moveBuild moveAllBuilds"),
    Rule("----P-", "tagBuild#tag-asks-permission", "image"),
    Rule("------", "tagBuild#tag-is-locked"),
    # one's own
    Rule("--OH-M", "cancelTask cancelTaskChildren"),
    Rule("--O--M", "cancelBuild resubmitTask saveFailedTree removeSideTag editSideTag"),
    Rule("--O--M", "createNotification createNotificationBlock updateNotification"),
    Rule("--O--M", "deleteNotification deleteNotificationBlock"),
    Rule("--O-P-", "promoteBuild", "draft-promoter"),
    # permissions
    Rule(
        "-----M",
        """
        showOpts createUser editUser enableUser disableUser addUserKrbPrincipal removeUserKrbPrincipal
        grantPermission revokePermission editPermission newGroup addGroupMember dropGroupMember
        grantCGAccess revokeCGAccess addChannel editChannel renameChannel
        createExternalRepo editExternalRepo deleteExternalRepo addVolume removeVolume
        changeBuildVolume applyVolumePolicy addBType addArchiveType addExternalRPM
        importRPM createEmptyBuild deleteBuild resetBuild setBuildOwner setBuildTimestamp
        mergeScratch deleteRPMSig renameRPMSig
        makeTask assignTask freeTask setTaskPriority cancelTaskFull scheduler.doRun repo.setRequestPriority
        """,
    ),
    Rule(
        "----PM",
        """
        createTag editTag editTag2 deleteTag setInheritanceData massTag tagBuildBypass untagBuildBypass
        snapshotTag snapshotTagModify
        addExternalRepoToTag removeExternalRepoFromTag editTagExternalRepo
        groupListAdd groupListRemove groupListBlock groupListUnblock
        groupPackageListAdd groupPackageListRemove groupPackageListBlock groupPackageListUnblock
        groupReqListAdd groupReqListRemove groupReqListBlock groupReqListUnblock
        packageListAdd packageListRemove packageListBlock packageListUnblock packageListSetOwner
        packageListSetArches
        """,
        "tag",
    ),
    Rule("----PM", "createBuildTarget editBuildTarget deleteBuildTarget", "target"),
    Rule(
        "----PM",
        """
        addHost editHost enableHost disableHost addHostToChannel removeHostFromChannel
        enableChannel disableChannel restartHosts
        """,
        "host",
    ),
    Rule("----PM", "addRPMSig writeSignedRPM", "sign"),
    Rule("---HPM", "host.writeSignedRPM", "sign"),
    Rule("----PM", "newRepo", "regen-repo"),
    Rule(
        "----PM",
        """
        newRepo#repo repoExpire repoDelete repoProblem repo.setState repo.setExternalRepoData
        repo.autoRequests repo.checkQueue repo.updateEndEvents
        """,
        "repo",
    ),
    Rule("----PM", "createMavenBuild importArchive#maven", "maven-import"),
    Rule("----PM", "createWinBuild importArchive#win", "win-import"),
    Rule("----PM", "createImageBuild importArchive", "image-import"),
    Rule("----PM", "buildImageOz buildImageIndirection kiwiBuild dudBuild osbuildImage", "image"),
    Rule("----PM", "buildImage", "livecd"),
    Rule("----PM", "buildImage#appliance", "appliance"),
    Rule("----PM", "winBuild", "win-admin"),
    Rule("----PM", "runroot", "runroot"),
    # neither an admin nor anybody else imports in a content generator's name without having been let to
    Rule("----P-", "CGImport CGInitBuild CGRefundBuild", "cg:builder"),
    # build hosts
    Rule(
        "---H--",
        """
        host.getID host.getHost host.isEnabled host.updateHost host.setHostData host.getLoadData
        host.getTasks host.getHostTasks host.openTask host.closeTask host.failTask host.freeTasks
        host.refuseTask host.setTaskWeight host.subtask host.subtask2
        host.taskSetWait host.taskWait host.taskWaitResults
        host.evalPolicy host.checkPolicy host.assertPolicy
        host.initBuild host.completeBuild host.failBuild host.moveBuildToScratch host.importArchive
        host.initMavenBuild host.createMavenBuild host.completeMavenBuild host.moveMavenBuildToScratch
        host.initWinBuild host.completeWinBuild host.moveWinBuildToScratch
        host.initImageBuild host.completeImageBuild host.moveImageBuildToScratch host.importImage
        host.importWrapperRPMs
        host.newBuildRoot host.setBuildRootState host.setBuildRootList host.updateBuildRootList
        host.updateMavenBuildRootList host.updateBuildrootArchives
        host.repoInit host.repoDone host.distRepoMove host.tagBuild host.tagNotification
        """,
    ),
)


def cells() -> dict[str, Rule]:
    """The table: `method` or `method#case` to its rule. Raises ValueError for a name that stands twice."""
    table: dict[str, Rule] = {}
    for rule in RULES:
        for name in rule.methods.split():
            if name in table:
                raise ValueError(f"{name} stands twice")
            table[name] = rule
    return table
