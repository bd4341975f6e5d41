"""What users do over calendar units: the parts that retention, lifecycle and stickiness share."""
