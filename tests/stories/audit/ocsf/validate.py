"""Holds each line of a file to the schema of its class, in the version that it names; prints how many of each class
there were, and what is wrong with the others."""

import collections
import json
import sys

from jsonschema import Draft202012Validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema

schemas, validators = {}, {}


def validator(version, class_uid):
    if version not in schemas:
        schemas[version] = OcsfJsonSchemaEmbedded(get_ocsf_schema(version=version))
    if (version, class_uid) not in validators:
        name = schemas[version].lookup_class_name_from_uid(class_uid=class_uid)
        schema = schemas[version].get_class_schema(class_name=name, profiles=[])
        validators[version, class_uid] = Draft202012Validator(schema)
    return validators[version, class_uid]


counted, wrong = collections.Counter(), []
for line in open(sys.argv[1], encoding="utf-8"):
    event = json.loads(line)
    counted[str(event["class_uid"])] += 1
    for error in validator(event["metadata"]["version"], event["class_uid"]).iter_errors(event):
        wrong.append([event["metadata"]["event_code"], list(map(str, error.path)), error.message[:200]])

print(json.dumps({"counted": counted, "wrong": wrong}))
