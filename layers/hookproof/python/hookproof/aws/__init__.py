"""The AWS edges: everything here turns values of the core into calls, or events into values.

The calls that a delivery makes go through AWS's C runtime (``awscrt``): it imports in a tenth of
boto3's time, and a delivery is answered while the sender still waits.
"""
