"""The wire: protocols that decode, authorise, call one verb of the hub and encode."""
