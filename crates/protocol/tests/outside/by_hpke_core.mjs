// Opens what was sealed here by @hpke/core, and seals an answer; prints both.
import { readFileSync } from "node:fs";
import { Aes128Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from "@hpke/core";

const place = JSON.parse(readFileSync(process.argv[2]));
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64url")).buffer;
const text = (buffer) => Buffer.from(buffer).toString("base64url");

const suite = new CipherSuite({
  kem: new DhkemP256HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes128Gcm(),
});
const info = bytes(place.info);
const aad = bytes(place.aad);
const recipientKey = await suite.kem.importKey("raw", bytes(place.scalar), false);
const opened = await suite.open(
  { recipientKey, enc: bytes(place.sealed.enc), info },
  bytes(place.sealed.ciphertext),
  aad,
);

const recipientPublicKey = await suite.kem.importKey("jwk", place.key, true);
const answer = await suite.seal({ recipientPublicKey, info }, bytes(place.answer), aad);
const sealed = { enc: text(answer.enc), ciphertext: text(answer.ct) };
console.log(JSON.stringify({ opened: text(opened), sealed }));
