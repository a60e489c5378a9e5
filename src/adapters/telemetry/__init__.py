"""What operators see of the system: metrics, traces and correlation ids, with nobody's number in any of them."""
