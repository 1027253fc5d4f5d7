"""Alarms and a dashboard, made of the metrics that parts offer."""
