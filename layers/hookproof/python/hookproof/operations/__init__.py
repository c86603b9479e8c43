"""What an operator does with a deployed stack, through boto3: no command line, no printing.

The commands in ``cli`` call these; so may a program of the operator's own.
"""
