"""One file per screen: route, layout from the address, thin callbacks."""
