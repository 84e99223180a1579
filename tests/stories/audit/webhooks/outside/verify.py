"""Verifies a request by Standard Webhooks' own library: the request as JSON on standard input."""

import json
import sys

from standardwebhooks.webhooks import Webhook

asked = json.load(sys.stdin)
Webhook(asked["secret"]).verify(asked["body"].encode(), asked["headers"])
print("verified")
