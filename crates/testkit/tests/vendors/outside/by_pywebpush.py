"""Pushes to one subscription that is there and one that has ended by pywebpush; prints what it was told."""

import json
import sys

from py_vapid import Vapid02
from pywebpush import WebPushException, webpush

place = json.load(open(sys.argv[1]))
key = Vapid02()
key.generate_keys()


def push(subscription):
    try:
        answer = webpush(
            subscription,
            data="look",
            vapid_private_key=key,
            vapid_claims={"sub": "mailto:ops@countersign.dev"},
            ttl=60,
            headers={"urgency": "high", "topic": "login-1"},
            timeout=10,
        )
        return answer.status_code
    except WebPushException as error:
        return error.response.status_code


print(json.dumps({"good": push(place["good"]), "ended": push(place["ended"])}))
