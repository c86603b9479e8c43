"""The laptop stack: the real handler behind the events that API Gateway would send.

One request goes this way::

    gateway ─► events ─► environments (the handler) ─► results ─► gateway
                              │                                      └► deliveries ─► inspector
                              └► emulated (SQS, S3, Secrets Manager … from the real template)
"""
