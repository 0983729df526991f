"""Running unionwire: on one machine, in containers, watched by Prometheus."""
