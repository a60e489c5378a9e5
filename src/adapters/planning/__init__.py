"""Where planning meets the system: sessions that a store remembers, and replays through the real allocator."""
