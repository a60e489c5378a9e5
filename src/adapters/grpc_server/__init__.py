"""The gRPC server: ``masking.v1`` on top of the core's services."""
