// The official SDK, unchanged, through all that the emulator does for it.
//
// Usage: node life.mjs URL NODE_MODULES, against an emulator with the flags that tests/it/emulator/realm_web.rs gives it.
// It ends with status 0 once everything has been as it should.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [url, modules] = process.argv.slice(2);
// The package is not beside this file: installing it must not touch the source tree.
const { App, Credentials, MongoDBRealmError } = createRequire(resolve(modules, "x"))("realm-web");

const email = "web@example.com";
const password = "correct-horse";

/** An app as a fresh process has it, which remembers no user. */
function fresh() {
  const store = new Map();
  const storage = {
    get: (key) => store.get(key) ?? null,
    set: (key, value) => store.set(key, value),
    remove: (key) => store.delete(key),
    prefix(part) {
      return {
        ...this,
        get: (key) => this.get(`${part}:${key}`),
        set: (key, value) => this.set(`${part}:${key}`, value),
        remove: (key) => this.remove(`${part}:${key}`),
        prefix: (next) => this.prefix(`${part}:${next}`),
      };
    },
    clear: () => store.clear(),
    addListener() {},
    removeListener() {},
  };
  return new App({ id: "myapp-abcde", baseUrl: url, storage });
}

/** The call has to fail with this status and code, in the SDK's own error, with the link to the log. */
async function refuses(promise, statusCode, errorCode, error) {
  await assert.rejects(promise, (thrown) => {
    assert.ok(thrown instanceof MongoDBRealmError, String(thrown));
    assert.equal(thrown.statusCode, statusCode);
    assert.equal(thrown.errorCode, errorCode);
    assert.equal(thrown.error, error);
    assert.match(thrown.link, /^http:\/\/127\.0\.0\.1:\d+\/groups\/[0-9a-f]{24}\/apps\/[0-9a-f]{24}\/logs\?co_id=[0-9a-f]{24}$/);
    return true;
  });
}

function jwt(claims, secret = "a secret that two systems share") {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

const soon = Math.floor(Date.now() / 1000) + 600;

async function registration() {
  const app = fresh();
  const other = { email: "other@example.com", password };
  await app.emailPasswordAuth.registerUser(other);
  const user = await app.logIn(Credentials.emailPassword(other.email, password));
  assert.equal(app.currentUser, user);
  await refuses(app.emailPasswordAuth.registerUser(other), 409, "AccountNameInUse", "name already in use");
  const short = { email: "short@example.com", password: "short" };
  const words = "password must be between 6 and 128 characters";
  await refuses(app.emailPasswordAuth.registerUser(short), 400, "BadRequest", words);
  const wrong = Credentials.emailPassword(email, "battery-staple");
  await refuses(app.logIn(wrong), 401, "InvalidPassword", "unauthorized");
  const reset = app.emailPasswordAuth.sendResetPasswordEmail({ email: other.email });
  const path = "/api/client/v2.0/app/myapp-abcde/auth/providers/local-userpass/reset/send";
  await refuses(reset, 404, undefined, `emulator: it does not have POST ${path}`);
}

async function everyLogin() {
  const owner = await fresh().logIn(Credentials.emailPassword(email, password));
  assert.equal(owner.profile.email, email);
  assert.equal(owner.identities[0].providerType, "local-userpass");
  const ids = new Set([owner.id]);
  for (const [provider, credentials] of [
    ["custom JWT", Credentials.jwt(jwt({ sub: email, aud: "myapp-abcde", exp: soon }))],
    ["custom function", Credentials.function({ who: "web", pin: 7, rest: { deep: [1.5, true, null] } })],
    ["google", Credentials.google({ idToken: "google.id.token" })],
    ["apple", Credentials.apple("apple.id.token")],
    ["facebook", Credentials.facebook("facebook-token")],
  ]) {
    const user = await fresh().logIn(credentials);
    assert.equal(user.isLoggedIn, true, provider);
    assert.equal((await fresh().logIn(credentials)).id, user.id, provider);
    ids.add(user.id);
  }
  assert.equal(ids.size, 6);
  const stranger = await fresh().logIn(Credentials.jwt(jwt({ sub: "stranger", aud: ["myapp-abcde"], exp: soon })));
  assert.notEqual(stranger.id, owner.id);
  const server = await fresh().logIn(Credentials.apiKey("server-key-value"));
  assert.equal(server.profile.name, "backend");
  const anonymous = await fresh().logIn(Credentials.anonymous());
  const forbidden = "emulator: this user may not create API keys";
  for (const user of [server, anonymous]) {
    await refuses(user.apiKeys.create("mine"), 403, undefined, forbidden);
  }
  const refused = [401, "InvalidSession", "unauthorized"];
  for (const token of ["a.b.c", jwt({ sub: email, aud: "myapp-abcde", exp: soon }, "another secret")]) {
    await refuses(fresh().logIn(Credentials.jwt(token)), ...refused);
  }
  await refuses(fresh().logIn(Credentials.jwt(jwt({ sub: email, aud: "other", exp: soon }))), ...refused);
  await refuses(fresh().logIn(Credentials.jwt(jwt({ sub: email, aud: "myapp-abcde", exp: 1 }))), ...refused);
  await refuses(fresh().logIn(Credentials.google({ idToken: "another" })), ...refused);
  const words = "emulator: the function accepts no such payload";
  await refuses(fresh().logIn(Credentials.function({ who: "web" })), 401, "AuthError", words);
  await refuses(fresh().logIn(Credentials.apiKey("nobody's")), 401, "AuthError", "unauthorized");
}

async function aKey() {
  const user = await fresh().logIn(Credentials.emailPassword(email, password));
  assert.deepEqual(await user.apiKeys.fetchAll(), []);
  const { key: value, ...rest } = await user.apiKeys.create("web-key");
  assert.match(value, /^[A-Za-z0-9]{64}$/);
  assert.match(rest._id, /^[0-9a-f]{24}$/);
  assert.deepEqual(rest, { _id: rest._id, name: "web-key", disabled: false });
  assert.deepEqual(await user.apiKeys.fetch(rest._id), rest);
  assert.deepEqual(await user.apiKeys.fetchAll(), [rest]);

  await refuses(user.apiKeys.create("web-key"), 409, "APIKeyAlreadyExists", "API key with name already exists");
  const characters = "can only contain ASCII letters, numbers, underscores, and hyphens";
  await refuses(user.apiKeys.create("Spaces are not allowed"), 400, "InvalidParameter", characters);
  await refuses(user.apiKeys.create(""), 400, undefined, "'name' is a required string");

  const key = Credentials.apiKey(value);
  const byKey = await fresh().logIn(key);
  assert.equal(byKey.id, user.id);
  await refuses(byKey.apiKeys.delete(rest._id), 403, undefined, "emulator: API key in use by this session");
  await user.apiKeys.disable(rest._id);
  await user.apiKeys.disable(rest._id);
  assert.equal((await user.apiKeys.fetch(rest._id)).disabled, true);
  await refuses(fresh().logIn(key), 401, "AuthError", "unauthorized");
  await user.apiKeys.enable(rest._id);
  assert.equal((await fresh().logIn(key)).id, user.id);
  await user.apiKeys.delete(rest._id);
  await refuses(fresh().logIn(key), 401, "AuthError", "unauthorized");
  const gone = [404, "APIKeyNotFound", "API key not found"];
  for (const call of ["fetch", "enable", "disable", "delete"]) {
    await refuses(user.apiKeys[call](rest._id), ...gone);
  }
}

async function aSession() {
  const app = fresh();
  const user = await app.logIn(Credentials.emailPassword(email, password));
  const before = user.accessToken;
  await user.refreshAccessToken();
  assert.equal(typeof before, "string");
  assert.equal(typeof user.accessToken, "string");
  const token = user.refreshToken;
  await user.logOut();
  assert.equal(user.isLoggedIn, false);
  assert.equal(app.currentUser, null);
  const answer = await fetch(`${url}/api/client/v2.0/auth/api_keys`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal(answer.status, 401);
  assert.equal((await answer.json()).error_code, "InvalidSession");

  const short = await app.logIn(Credentials.anonymous());
  await app.deleteUser(short);
  assert.equal(app.currentUser, null);

  const other = new App({ id: "nope-zzzzz", baseUrl: url });
  const words = "cannot find app using Client App ID 'nope-zzzzz'";
  await refuses(other.logIn(Credentials.anonymous()), 404, undefined, words);
}

for (const part of [registration, everyLogin, aKey, aSession]) {
  await part();
  console.log(`${part.name}: fine`);
}
