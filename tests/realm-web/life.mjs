// The official SDK, unchanged, through all that the emulator does for it.
//
// Usage: node life.mjs URL URL NODE_MODULES, against two emulators with the flags that tests/it/emulator/realm_web.rs gives
// them. The second one runs functions where the first one sends e-mails.
// It ends with status 0 once everything has been as it should.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const [url, functionsUrl, modules] = process.argv.slice(2);
// The package is not beside this file: installing it must not touch the source tree.
const { App, Credentials, MongoDBRealmError } = createRequire(resolve(modules, "x"))("realm-web");

const email = "web@example.com";
const password = "correct-horse";

/** An app as a fresh process has it, which remembers no user. */
function fresh(baseUrl = url) {
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
  return new App({ id: "myapp-abcde", baseUrl, storage });
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

/** The latest mail of this kind to this address, as the SDK takes it. */
async function mail(kind, email, from = url) {
  const mails = await (await fetch(`${from}/emulator/mails`)).json();
  const { token, tokenId } = mails.findLast((one) => one.kind === kind && one.email === email);
  return { token, tokenId };
}

async function registration() {
  const app = fresh();
  const other = { email: "other@example.com", password };
  await app.emailPasswordAuth.registerUser(other);
  const credentials = Credentials.emailPassword(other.email, password);
  await refuses(app.logIn(credentials), 401, "AuthError", "unauthorized");
  const first = await mail("confirm", other.email);
  await app.emailPasswordAuth.resendConfirmationEmail({ email: other.email });
  const second = await mail("confirm", other.email);
  assert.notDeepEqual(first, second);
  await app.emailPasswordAuth.confirmUser(first);
  const user = await app.logIn(credentials);
  assert.equal(app.currentUser, user);
  await refuses(app.emailPasswordAuth.registerUser(other), 409, "AccountNameInUse", "name already in use");
  const short = { email: "short@example.com", password: "short" };
  const words = "password must be between 6 and 128 characters";
  await refuses(app.emailPasswordAuth.registerUser(short), 400, "BadRequest", words);
  const wrong = Credentials.emailPassword(email, "battery-staple");
  await refuses(app.logIn(wrong), 401, "InvalidPassword", "unauthorized");
  const resent = app.emailPasswordAuth.resendConfirmationEmail({ email: other.email });
  await refuses(resent, 400, "UserAlreadyConfirmed", "already confirmed");
  const expired = app.emailPasswordAuth.confirmUser(second);
  await refuses(expired, 400, "UserpassTokenInvalid", "userpass token is expired or invalid");
  const malformed = app.emailPasswordAuth.confirmUser({ token: "abc", tokenId: "123" });
  await refuses(malformed, 400, "BadRequest", "invalid token data");
}

async function anotherPassword() {
  const app = fresh();
  const forgetful = { email: "forgetful@example.com", password };
  await app.emailPasswordAuth.registerUser(forgetful);
  await app.emailPasswordAuth.confirmUser(await mail("confirm", forgetful.email));
  await app.emailPasswordAuth.sendResetPasswordEmail({ email: forgetful.email });
  const token = await mail("reset", forgetful.email);
  await app.emailPasswordAuth.resetPassword({ ...token, password: "battery-staple" });
  await app.logIn(Credentials.emailPassword(forgetful.email, "battery-staple"));
  const old = app.logIn(Credentials.emailPassword(forgetful.email, password));
  await refuses(old, 401, "InvalidPassword", "unauthorized");
  const again = app.emailPasswordAuth.resetPassword({ ...token, password });
  await refuses(again, 400, "UserpassTokenInvalid", "userpass token is expired or invalid");
  const unknown = app.emailPasswordAuth.sendResetPasswordEmail({ email: "nobody@example.com" });
  await refuses(unknown, 404, "UserNotFound", "user not found");
}

async function functions() {
  const app = fresh(functionsUrl);
  const auth = app.emailPasswordAuth;
  const user = { email: "new@example.com", password };
  await auth.registerUser(user);
  await refuses(app.logIn(Credentials.emailPassword(user.email, password)), 401, "AuthError", "unauthorized");
  await auth.retryCustomConfirmation({ email: user.email });
  await app.logIn(Credentials.emailPassword(user.email, password));
  const confirmed = auth.retryCustomConfirmation({ email: user.email });
  await refuses(confirmed, 400, "UserAlreadyConfirmed", "already confirmed");
  const change = { email: user.email, password: "battery-staple" };
  await auth.callResetPasswordFunction(change, "an argument", { of: ["any", 1] });
  await app.logIn(Credentials.emailPassword(user.email, change.password));
  const failed = auth.registerUser({ email: "fail@example.com", password });
  await refuses(failed, 400, "BadRequest", 'failed to confirm user "fail@example.com"');
}

async function linking() {
  const app = fresh();
  const user = await app.logIn(Credentials.anonymous());
  const linked = { email: "linked@example.com", password };
  await app.emailPasswordAuth.registerUser(linked);
  await app.emailPasswordAuth.confirmUser(await mail("confirm", linked.email));
  const credentials = Credentials.emailPassword(linked.email, password);
  await user.linkCredentials(credentials);
  await user.linkCredentials(Credentials.google({ idToken: "free.id.token" }));
  const providers = user.identities.map((identity) => identity.providerType);
  assert.deepEqual(providers, ["anon-user", "local-userpass", "oauth2-google"]);
  assert.equal(user.profile.email, linked.email);
  const { key } = await user.apiKeys.create("of-a-linked-user");
  for (const way of [credentials, Credentials.google({ idToken: "free.id.token" }), Credentials.apiKey(key)]) {
    assert.equal((await fresh().logIn(way)).id, user.id);
  }
  const other = await fresh().logIn(Credentials.anonymous());
  const invalid = [400, "InvalidParameter", "invalid user link request"];
  await refuses(other.linkCredentials(Credentials.apiKey(key)), ...invalid);
  const owner = Credentials.emailPassword(email, password);
  await refuses(user.linkCredentials(owner), 500, undefined, "unauthorized");
  // Not by the SDK: at a 401 of these words it would refresh the access token and send the same again, without end.
  for (const [used, code] of [[password, "InvalidSession"], ["battery-staple", "InvalidPassword"]]) {
    const answer = await fetch(`${url}/api/client/v2.0/app/myapp-abcde/auth/providers/local-userpass/login?link=true`, {
      method: "POST",
      headers: { Authorization: `Bearer ${other.accessToken}` },
      body: JSON.stringify({ username: linked.email, password: used }),
    });
    assert.equal(answer.status, 401);
    const { error, error_code } = await answer.json();
    assert.deepEqual([error, error_code], ["unauthorized", code]);
  }
  await other.refreshProfile();
  assert.equal(other.identities.length, 1);
}

async function everyLogin() {
  const owner = await fresh().logIn(Credentials.emailPassword(email, password));
  assert.equal(owner.profile.email, email);
  assert.equal(owner.identities[0].providerType, "local-userpass");
  for (const [way, credentials] of [
    ["custom JWT", Credentials.jwt(jwt({ sub: email, aud: "myapp-abcde", exp: soon }))],
    ["custom function", Credentials.function({ who: "web", pin: 7, rest: { deep: [1.5, true, null] } })],
    ["google", Credentials.google({ idToken: "google.id.token" })],
    ["apple", Credentials.apple("apple.id.token")],
    ["facebook", Credentials.facebook("facebook-token")],
  ]) {
    const user = await fresh().logIn(credentials);
    assert.equal(user.id, owner.id, way);
    assert.equal(user.isLoggedIn, true, way);
  }
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

for (const part of [registration, anotherPassword, functions, linking, everyLogin, aKey, aSession]) {
  await part();
  console.log(`${part.name}: fine`);
}
