// A certified OpenID provider for the tests: `node idp.mjs` says {"issuer": …} and ends with its stdin.
//
// It listens on a free port. What it answers can be changed while it runs: see idp_control.mjs.
import { generateKeyPair } from 'node:crypto';
import http from 'node:http';
import { promisify } from 'node:util';

console.info = console.warn; // stdout is for the announcement
const key = promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
const [{ Provider }, { Control }, { registerGrants, GRANTS }] = await Promise.all([
  import('oidc-provider'), import('./idp_control.mjs'), import('./idp_grants.mjs'),
]);

const server = http.createServer();
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
const control = new Control();
const jwk = { ...(await key).privateKey.export({ format: 'jwk' }), kid: 'one', use: 'sig' };

const ACR = ['urn:localguard:password', 'urn:localguard:passkey'];
const RESOURCE_SCOPES = ['mcp:read', 'mcp:write', 'mcp:admin'];
const LOOPBACK = ['http://127.0.0.1/callback', 'http://localhost/callback'];
const EXACT = [47011, 47012, 47013].map((port) => `http://127.0.0.1:${port}/callback`);
const native = {
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  response_types: ['code'],
  redirect_uris: LOOPBACK,
  post_logout_redirect_uris: ['http://127.0.0.1/loggedout'],
  grant_types: ['authorization_code', 'refresh_token', ...GRANTS],
};
const confidential = {
  ...native,
  token_endpoint_auth_method: 'client_secret_basic',
  client_secret: 's3cret of the client: 100% +/&=',
};

const provider = new Provider(issuer, {
  acrValues: ACR,
  claims: {
    openid: ['sub'], profile: ['name'], email: ['email', 'email_verified'], groups: ['groups'],
    auth_time: null, acr: null, amr: null,
  },
  clients: [
    { ...native, client_id: 'localguard' },
    { ...native, client_id: 'localguard-exact', application_type: 'web', redirect_uris: EXACT },
    { ...confidential, client_id: 'localguard-secret' },
    { ...confidential, client_id: 'localguard-post', token_endpoint_auth_method: 'client_secret_post' },
  ],
  conformIdTokenClaims: false,
  cookies: { keys: ['of the tests'] },
  features: {
    clientIdMetadataDocument: { enabled: true, ack: 'draft-02' },
    devInteractions: { enabled: true },
    deviceFlow: { enabled: true },
    introspection: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    registration: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: async () => undefined,
      useGrantedResource: async () => true,
      getResourceServerInfo: async (_context, resource) => ({
        scope: RESOURCE_SCOPES.join(' '),
        audience: resource,
        accessTokenFormat: 'jwt',
        accessTokenTTL: control.state.ttl.access,
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
    revocation: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  fetch: control.fetch,
  findAccount: async (_context, id) => control.account(id),
  jwks: { keys: [jwk] },
  scopes: ['openid', 'offline_access', 'profile', 'email', 'groups', ...RESOURCE_SCOPES],
  ttl: {
    AccessToken: () => control.state.ttl.access,
    IdToken: () => control.state.ttl.id,
    RefreshToken: () => control.state.ttl.refresh,
    AuthorizationCode: 60, DeviceCode: 300, Grant: 3600, Interaction: 600, Session: 3600,
  },
});

registerGrants(provider, control, jwk);
control.watch(provider);
const answer = provider.callback();
server.on('request', (request, response) => control.serve(request, response, answer));
process.stdin.resume().on('end', () => process.exit(0));
console.log(JSON.stringify({ issuer }));
