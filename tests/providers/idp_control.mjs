// What the tests change in the provider while it runs, and what it tells them.
//
// POST /-/control  merges a JSON object into the state;  GET /-/control  gives the state
// GET /-/held      answers once an answer is held;       POST /-/release lets held answers go
//
// A fault of an endpoint is {status, body, headers} (answered in its place), {delay: s}, {lose: true}
// (done, and the connection cut instead of an answer) or {hold: true} (done, the answer held back);
// with `times` it is gone after so many requests.
import { setTimeout as sleep } from 'node:timers/promises';

const ENDPOINTS = {
  '/auth': 'authorization', '/token': 'token', '/token/revocation': 'revocation',
  '/token/introspection': 'introspection', '/jwks': 'jwks', '/me': 'userinfo', '/reg': 'registration',
  '/request': 'par', '/device/auth': 'device', '/session/end': 'end_session',
  '/.well-known/openid-configuration': 'discovery',
  '/.well-known/oauth-authorization-server': 'discovery',
};
const SECRETS = [
  'access_token', 'refresh_token', 'id_token', 'device_code', 'client_secret',
  'registration_access_token',
];

export class Control {
  state = {
    people: {
      alice: { groups: ['dev', 'finance'], email_verified: true },
      bob: { groups: ['dev'], email_verified: true },
    },
    acr: {}, // person -> the acr of the next sign-in
    ttl: { access: 60, id: 300, refresh: 3600 }, // seconds
    discovery: {}, // field -> what is published instead; null: nothing
    faults: {},
    documents: {}, // URL -> client metadata document
    trusts: [], // issuers whose identity assertions are taken
    spent: {}, // endpoint -> milliseconds from each request to the end of its answer, in all
    requests: {}, // endpoint, and "token:GRANT:RESULT", -> how many
    minted: [], // {kind, value} of every secret given out, and of the verifiers that came
  };

  #held = [];
  #waiting = [];

  account = (id) => {
    const person = this.state.people[id] ?? {};
    if (person.gone) return undefined;
    const claims = { sub: id, name: id, email: `${id}@example.test`, groups: [], ...person };
    return { accountId: id, claims: async () => claims };
  };

  fetch = (url, options) => {
    const document = this.state.documents[String(url)];
    return document ? Response.json(document) : fetch(url, options);
  };

  // Notes what is given out, changes what is published, and gives sign-ins their acr.
  watch(provider) {
    provider.use(async (context, next) => {
      await next();
      const name = ENDPOINTS[context.path];
      if (name === 'discovery') Object.assign(context.body, nulled(this.state.discovery));
      if (name === 'token') this.#count(`token:${context.oidc.params?.grant_type}:${outcome(context)}`);
      this.#note(context);
    });
    const finished = provider.interactionFinished.bind(provider);
    provider.interactionFinished = (request, response, result, options) => {
      const acr = this.state.acr[result.login?.accountId];
      if (acr) Object.assign(result.login, { acr, amr: ['pwd'] });
      return finished(request, response, result, options);
    };
  }

  async serve(request, response, answer) {
    const { pathname } = new URL(request.url, 'http://idp');
    if (pathname.startsWith('/-/')) return this.#controlled(request, response, pathname);
    const name = ENDPOINTS[pathname] ?? 'page';
    this.#count(name);
    this.#clock(name, response);
    const fault = this.#fault(name);
    if (fault.delay) await sleep(fault.delay * 1000);
    if (fault.status) {
      response.writeHead(fault.status, { 'content-type': 'text/html', ...fault.headers });
      return response.end(fault.body ?? 'out of order');
    }
    const end = response.end.bind(response);
    if (fault.lose) response.end = () => request.socket.destroy();
    if (fault.hold) response.end = (...rest) => this.#hold(() => end(...rest));
    return answer(request, response);
  }

  async #controlled(request, response, pathname) {
    if (pathname === '/-/held' && !this.#held.length) {
      await new Promise((held) => this.#waiting.push(held));
    }
    if (pathname === '/-/release') this.#held.splice(0).forEach((send) => send());
    if (pathname === '/-/control' && request.method === 'POST') {
      merge(this.state, JSON.parse(await text(request)));
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(this.state));
  }

  #fault(name) {
    const fault = this.state.faults[name];
    if (!fault || fault.times === 0) return {};
    if (fault.times) fault.times -= 1;
    return fault;
  }

  #hold(send) {
    this.#held.push(send);
    this.#waiting.splice(0).forEach((held) => held());
  }

  #count(name) {
    this.state.requests[name] = (this.state.requests[name] ?? 0) + 1;
  }

  #clock(name, response) {
    const begun = performance.now();
    response.once('finish', () => {
      this.state.spent[name] = (this.state.spent[name] ?? 0) + performance.now() - begun;
    });
  }

  #note(context) {
    const given = context.body && typeof context.body === 'object' ? context.body : {};
    const asked = context.oidc?.params ?? {};
    for (const kind of SECRETS) {
      if (typeof given[kind] === 'string') this.state.minted.push({ kind, value: given[kind] });
    }
    const { code_verifier: value } = asked;
    if (value) this.state.minted.push({ kind: 'code_verifier', value });
    const code = /[?&]code=([^&]+)/.exec(context.response.get('location') ?? '');
    if (code) this.state.minted.push({ kind: 'code', value: code[1] });
  }
}

function outcome(context) {
  return context.status < 400 ? 'ok' : context.body?.error;
}

function nulled(fields) {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value ?? undefined]));
}

function merge(into, changes) {
  for (const [name, value] of Object.entries(changes)) {
    const both = [into[name], value].every((one) => one && typeof one === 'object' && !Array.isArray(one));
    if (both) merge(into[name], value);
    else into[name] = value;
  }
}

async function text(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}
