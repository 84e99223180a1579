"""Sends one good notification and one to a bad token by aioapns; prints what it was told."""

import asyncio
import json
import ssl
import sys
from urllib.parse import urlsplit

from aioapns import APNs, NotificationRequest, PushType
from aioapns.connection import APNsProductionClientProtocol

place = json.load(open(sys.argv[1]))
url = urlsplit(place["url"])
# Its host is fixed.
APNsProductionClientProtocol.APNS_SERVER = url.hostname
APNsProductionClientProtocol.APNS_PORT = url.port


async def main():
    client = APNs(
        key=place["p8"],
        key_id=place["key_id"],
        team_id=place["team_id"],
        topic=place["topic"],
        ssl_context=ssl.create_default_context(cafile=place["root"]),
    )

    async def send(device):
        request = NotificationRequest(
            device_token=device,
            message={"aps": {"alert": "a login waits"}},
            time_to_live=60,
            priority=10,
            collapse_key="login-1",
            push_type=PushType.ALERT,
        )
        return await client.send_notification(request)

    good, bad = await send(place["good"]), await send(place["bad"])
    told = {"good": good.is_successful, "bad": [int(bad.status), bad.description]}
    print(json.dumps(told))


asyncio.run(main())
