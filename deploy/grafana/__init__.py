"""Grafana's dashboards: written as code, kept as JSON, provisioned by docker-compose.yml."""
