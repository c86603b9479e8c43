r"""Why a request does not verify: causes tested by recomputation. Never loaded by the ingest path.

>>> from hookproof import sign
>>> from hookproof.explain import explain
>>> request = sign(body=b'{"id": 1}', provider="stripe", secret="whsec_a", now=1_700_000_000)
>>> explain(request, provider="stripe", secrets="whsec_a\n", now=1_700_000_000).causes[0].code
'secret_whitespace'
"""

from hookproof.explain.case import Case
from hookproof.explain.report import Cause, Report
from hookproof.explain.verdict import CODES, explain, explain_case

__all__ = ["CODES", "Case", "Cause", "Report", "explain", "explain_case"]
