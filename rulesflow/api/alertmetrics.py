"""Metrics for Prometheus of alerts: how many are open, as this process saw it last."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from rulesflow.runtime.alerts import Alerts


class AlertCollector(Collector):
    """It looks at nothing itself, so no scrape waits for a database here."""

    def __init__(self, alerts: Alerts) -> None:
        self._alerts = alerts

    def collect(self) -> Iterable[Metric]:
        """What is open: every enabled alert, 0 for none."""
        open_ = GaugeMetricFamily(
            "rulesflow_alerts_open",
            "Alerts that are open, of all processes, as they were seen last.",
            labels=("alert", "severity"),
        )
        rules = self._alerts.rules()["rules"]
        counts = {(each["alert"], each["severity"]): 0 for each in rules if each["enabled"]}
        for labels, count in (counts | dict(self._alerts.open)).items():
            open_.add_metric(labels, count)
        yield open_
