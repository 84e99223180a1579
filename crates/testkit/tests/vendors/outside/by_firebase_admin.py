"""Sends one good message, one to a dead token and one to a bad one by firebase-admin; prints what it was told."""

import datetime
import json
import sys

import firebase_admin
from firebase_admin import credentials, messaging

place = json.load(open(sys.argv[1]))
# Its host is fixed; that of the token endpoint stands in the key file.
messaging._MessagingService.FCM_URL = place["url"] + "/v1/projects/{0}/messages:send"
firebase_admin.initialize_app(credentials.Certificate(place["key_file"]))


def send(token):
    message = messaging.Message(
        token=token,
        data={"login": "1"},
        notification=messaging.Notification(title="A login waits"),
        android=messaging.AndroidConfig(
            priority="high", ttl=datetime.timedelta(seconds=60), collapse_key="login-1"
        ),
    )
    try:
        return messaging.send(message)
    except firebase_admin.exceptions.FirebaseError as error:
        return type(error).__name__


told = {"good": send(place["good"]), "dead": send(place["dead"]), "bad": send(place["bad"])}
print(json.dumps(told))
