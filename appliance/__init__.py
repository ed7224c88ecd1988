"""A self-contained RPM build appliance: one hub that speaks Koji's and Copr's protocols."""

__version__ = "0.1.0"
