"""The real clients, as subprocesses, against a served appliance that builds."""
