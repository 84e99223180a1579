// Sends one good notification and one to a bad token by @parse/node-apn; prints what it was told.
import { readFileSync } from "node:fs";
import apn from "@parse/node-apn";

const place = JSON.parse(readFileSync(process.argv[2]));
const url = new URL(place.url);
const provider = new apn.Provider({
  token: { key: place.p8, keyId: place.key_id, teamId: place.team_id },
  address: url.hostname,
  port: url.port,
  ca: readFileSync(place.root),
  production: true,
});

const notification = new apn.Notification({ alert: "a login waits", topic: place.topic });
notification.pushType = "alert";
notification.priority = 10;
notification.expiry = Math.floor(Date.now() / 1000) + 60;
notification.collapseId = "login-1";

// One after the other: before the first good token there is one stream.
const good = await provider.send(notification, place.good);
const bad = await provider.send(notification, place.bad);
console.log(
  JSON.stringify({
    good: good.sent.map(({ device }) => device),
    bad: bad.failed.map(({ status, response }) => [Number(status), response?.reason]),
    errors: [...good.failed, ...bad.failed].map(({ error }) => error && String(error)),
  }),
);
await provider.shutdown();
