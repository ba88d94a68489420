"""What serves rules while they change: the catalog, the reloader that feeds it, the service over both."""
