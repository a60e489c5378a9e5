"""What the system does, one class for each group of requests. Adapters call these and nothing deeper."""
