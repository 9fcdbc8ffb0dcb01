"""The log of events over gRPC: followed live, told again, asked and mended."""
