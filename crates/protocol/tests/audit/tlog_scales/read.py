"""Reads a log's files by tlog-scales and checks claims about it; prints how many of each held."""

import base64
import dataclasses
import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import ConsistencyProof, ConsistencyProofInvalid, InclusionProof, InclusionProofInvalid

folder, claims = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text())
reader = TilesReader(LocalBackend(folder))
checkpoint = reader.get_checkpoint()
key = Vkey.from_string(claims["key"])
checkpoint.verify(key)
assert checkpoint.origin == key.name
assert reader.calculate_root_hash() == checkpoint.root_hash


def hashes(texts):
    return [base64.b64decode(text, validate=True) for text in texts]


def refuses(error, check, *arguments):
    try:
        check(*arguments)
    except error:
        return 1
    raise AssertionError("a false claim was accepted")


for position in range(checkpoint.size):
    assert leaf_hash(reader.get_entry(position)) == reader.mth(position, position + 1), position

for claim in claims["inclusion"]:
    (root,) = hashes([claim["root"]])
    proof = InclusionProof(claim["position"], claim["size"], hashes(claim["proof"]))
    leaf = leaf_hash(reader.get_entry(claim["position"]))
    proof.check(leaf, root)
    assert proof == reader.get_inclusion_proof(claim["position"], claim["size"]), claim

refused = refuses(InclusionProofInvalid, proof.check, leaf, bytes(32))
refused += refuses(InclusionProofInvalid, proof.check, bytes(32), root)

for claim in claims["consistency"]:
    old_root, new_root = hashes([claim["old_root"], claim["new_root"]])
    proof = ConsistencyProof(claim["old"], claim["new"], hashes(claim["proof"]))
    proof.check(old_root, new_root)
    assert proof.old_size == 0 or proof == reader.get_consistency_proof(claim["old"], claim["new"]), claim

refused += refuses(ConsistencyProofInvalid, proof.check, bytes(32), new_root)
refused += refuses(InvalidSignature, dataclasses.replace(checkpoint, size=checkpoint.size - 1).verify, key)

print(
    json.dumps(
        {
            "size": checkpoint.size,
            "entries": checkpoint.size,
            "inclusion": len(claims["inclusion"]),
            "consistency": len(claims["consistency"]),
            "refused": refused,
        }
    )
)
