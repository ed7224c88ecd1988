"""What every new hub holds: stock permissions, channels, build types, archive types, the default volume."""

from appliance.db.connection import Transaction
from appliance.db.models.archives import ArchiveType
from appliance.db.models.builds import BType, Volume
from appliance.db.models.copr import DistGit
from appliance.db.models.core import Permission
from appliance.db.models.tags import ExternalRepo
from appliance.db.models.tasks import Channel

BUILD_TYPES = ("rpm", "maven", "win", "image")
CHANNELS = ("default", "createrepo", "maven", "livecd", "appliance", "vm", "image", "livemedia")

PERMISSIONS = (
    ("admin", "Full administrator access. Perform all actions."),
    ("appliance", "Create appliance builds - deprecated."),
    ("dist-repo", "Create a dist-repo."),
    ("host", "Add, remove, enable, disable hosts and channels."),
    ("image", "Start image tasks."),
    ("image-import", "Import image archives."),
    ("livecd", "Start livecd tasks."),
    ("maven-import", "Import maven archives."),
    ("repo", "Manage repos: newRepo, repoExpire, repoDelete, repoProblem."),
    ("sign", "Import RPM signatures and write signed RPMs."),
    ("tag", "Manage packages in tags: add, block, remove, and clone tags."),
    ("target", "Add, edit, and remove targets."),
    ("win-admin", 'The default hub policy rule for "vm" requires this permission to trigger Windows builds.'),
    ("win-import", "Import win archives."),
    (
        "draft-promoter",
        'The permission required in the default "draft_promotion" hub policy rule to promote draft build.',
    ),
)

# name, description, extensions, how the archive is packed
ARCHIVE_TYPES: tuple[tuple[str, str, str, str | None], ...] = (
    ("jar", "Jar file", "jar war rar ear sar jdocbook jdocbook-style", "zip"),
    ("zip", "Zip file", "zip", "zip"),
    ("pom", "Maven Project Object Management file", "pom", None),
    ("tar", "Tar file", "tar tar.gz tar.bz2 tar.xz tgz", "tar"),
    ("xml", "XML file", "xml", None),
    ("xmlcompressed", "Compressed XML file", "xml.gz xml.bz2 xml.xz", None),
    ("xsd", "XML Schema Definition", "xsd", None),
    ("spec", "RPM spec file", "spec", None),
    ("exe", "Windows executable", "exe", None),
    ("dll", "Windows dynamic link library", "dll", None),
    ("lib", "Windows import library", "lib", None),
    ("sys", "Windows device driver", "sys", None),
    ("inf", "Windows driver information file", "inf", None),
    ("cat", "Windows catalog file", "cat", None),
    ("msi", "Windows Installer package", "msi", None),
    ("pdb", "Windows debug information", "pdb", None),
    ("oem", "Windows driver oem file", "oem", None),
    ("iso", "CD/DVD Image", "iso", None),
    ("raw", "Raw disk image", "raw", None),
    ("qcow", "QCOW image", "qcow", None),
    ("qcow2", "QCOW2 image", "qcow2", None),
    ("vmdk", "vSphere image", "vmdk", None),
    ("ova", "Open Virtualization Archive", "ova", None),
    ("ks", "Kickstart", "ks", None),
    ("cfg", "Configuration file", "cfg", None),
    ("vdi", "VirtualBox Virtual Disk Image", "vdi", None),
    ("aar", "Binary distribution of an Android Library project", "aar", None),
    ("apklib", "Source distribution of an Android Library project", "apklib", None),
    ("cab", "Windows cabinet file", "cab", None),
    ("dylib", "OS X dynamic library", "dylib", None),
    ("gem", "Ruby gem", "gem", None),
    ("ini", "INI config file", "ini", None),
    ("js", "Javascript file", "js", None),
    ("ldif", "LDAP Data Interchange Format file", "ldif", None),
    ("manifest", "Runtime environment for .NET applications", "manifest", None),
    ("msm", "Windows merge module", "msm", None),
    ("properties", "Properties file", "properties", None),
    ("sig", "Signature file", "sig signature", None),
    ("so", "Shared library", "so", None),
    ("txt", "Text file", "txt", None),
    ("vhd", "Hyper-V image", "vhd", None),
    ("vhdx", "Hyper-V Virtual Hard Disk v2 image", "vhdx", None),
    ("wsf", "Windows script file", "wsf", None),
    ("box", "Vagrant Box Image", "box", None),
    ("raw-xz", "xz compressed raw disk image", "raw.xz", None),
    ("json", "JSON data", "json", None),
    ("key", "Key file", "key", None),
    ("dot", "DOT graph description", "dot gv", None),
    ("groovy", "Groovy script file", "groovy gvy", None),
    ("batch", "Batch file", "bat", None),
    ("shell", "Shell script", "sh", None),
    ("rc", "Resource file", "rc", None),
    ("wsdl", "Web Services Description Language", "wsdl", None),
    ("obr", "OSGi Bundle Repository", "obr", None),
    ("liveimg-squashfs", "liveimg compatible squashfs image", "liveimg.squashfs", None),
    ("tlb", "OLE type library file", "tlb", None),
    ("jnilib", "Java Native Interface library", "jnilib", None),
    ("yaml", "YAML Ain't Markup Language", "yaml yml", None),
    ("xjb", "JAXB(Java Architecture for XML Binding) Binding Customization File", "xjb", None),
    ("raw-gz", "GZIP compressed raw disk image", "raw.gz", None),
    ("qcow2-compressed", "Compressed QCOW2 image", "qcow2.gz qcow2.xz", None),
    ("iso-compressed", "Compressed iso image", "iso.gz iso.xz", None),
    ("vhd-compressed", "Compressed VHD image", "vhd.gz vhd.xz", None),
    ("vhdx-compressed", "Compressed VHDx image", "vhdx.gz vhdx.xz", None),
    ("vmdk-compressed", "Compressed VMDK image", "vmdk.gz vmdk.xz", None),
    ("kernel-image", "Kernel BZ2 Image", "vmlinuz vmlinuz.gz vmlinuz.xz", None),
    ("initramfs", "Compressed Initramfs Image", "img", None),
    ("checksum", "Checksum file", "sha256", None),
    ("changes", "Kiwi changes file", "changes.xz changes", None),
    ("packages", "Kiwi packages listing", "packages", None),
    ("verified", "Kiwi verified package list", "verified", None),
    ("erofs", "erofs image", "erofs", None),
    ("erofs-compressed", "Compressed erofs image", "erofs.gz erofs.xz", None),
    ("squashfs", "SquashFS image", "squashfs", None),
    ("squashfs-compressed", "Compressed SquashFS image", "squashfs.gz squashfs.xz", None),
    ("wsl", "Compressed tarball for Windows Subsystem for Linux", "wsl", None),
)


def plant(tx: Transaction) -> None:
    """Insert the stock rows into an empty database."""
    for name, description in PERMISSIONS:
        tx.insert(Permission, name=name, description=description)
    for name in CHANNELS:
        tx.insert(Channel, name=name)
    for name in BUILD_TYPES:
        tx.insert(BType, name=name)
    for name, description, extensions, compression in ARCHIVE_TYPES:
        tx.insert(ArchiveType, name=name, description=description, extensions=extensions, compression_type=compression)
    tx.insert(Volume, id=0, name="DEFAULT")
    tx.insert(ExternalRepo, id=0, name="INTERNAL")
    tx.insert(DistGit, name="fedora", clone_url="https://src.fedoraproject.org", path="{namespace}/rpms/{pkgname}")
