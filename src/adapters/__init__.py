"""Everything that does I/O except HTTP in: storage, sealing, gRPC, settings, the command line."""
