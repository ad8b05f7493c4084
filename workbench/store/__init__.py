"""The store: everything an analyst makes, kept as it is made."""
