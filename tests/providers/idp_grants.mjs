// Grants for organisations: token exchange (RFC 8693), and identity assertions (ID-JAG), both legs.
import { randomUUID } from 'node:crypto';
import { createRemoteJWKSet, decodeJwt, importJWK, jwtVerify, SignJWT } from 'jose';
import { errors } from 'oidc-provider';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
export const GRANTS = [EXCHANGE, BEARER, DEVICE];

const TYPE = 'urn:ietf:params:oauth:token-type:';
const ACCESS = `${TYPE}access_token`;
const ID_JAG = `${TYPE}id-jag`;

export function registerGrants(provider, control, jwk) {
  const grants = new Grants(provider, control, jwk);
  const asked = [
    'audience', 'resource', 'scope', 'requested_token_type', 'subject_token', 'subject_token_type',
    'actor_token', 'actor_token_type',
  ];
  provider.registerGrantType(EXCHANGE, grants.exchange, asked, ['audience', 'resource']);
  provider.registerGrantType(BEARER, grants.redeem, ['assertion', 'scope', 'resource']);
}

class Grants {
  constructor(provider, control, jwk) {
    const { kid, kty, n, e } = jwk;
    const [key, shown] = [jwk, { kid, kty, n, e }].map((one) => importJWK(one, 'RS256'));
    Object.assign(this, { provider, control, key, shown });
  }

  // RFC 8693 section 2: a token for another audience, or an assertion for another server.
  exchange = async (context) => {
    const { client, params } = context.oidc;
    const subject = await this.#subject(client, params);
    const target = params.resource ?? params.audience;
    if (!target) throw new errors.InvalidTarget('an audience or a resource is needed');
    const about = { client_id: client.clientId, scope: params.scope };
    if (params.requested_token_type === ID_JAG) {
      const claims = { ...about, resource: params.resource };
      const assertion = await this.#sign('oauth-id-jag+jwt', subject, params.audience, claims, 300);
      context.body = { issued_token_type: ID_JAG, token_type: 'N_A', access_token: assertion, expires_in: 300 };
    } else {
      context.body = { issued_token_type: ACCESS, ...(await this.#access(subject, target, about)) };
    }
  };

  // draft-ietf-oauth-identity-assertion-authz-grant section 4.4: the assertion for a token.
  redeem = async (context) => {
    const { client, params } = context.oidc;
    const claims = await this.#assertion(params.assertion);
    if (claims.client_id !== client.clientId) throw new errors.InvalidGrant('of another client');
    const about = { client_id: client.clientId, scope: params.scope ?? claims.scope };
    context.body = await this.#access(claims.sub, claims.resource, about);
  };

  async #assertion(assertion) {
    const { iss } = decodeJwt(assertion);
    if (!this.control.state.trusts.includes(iss)) throw new errors.InvalidGrant('of an unknown issuer');
    const keys = createRemoteJWKSet(new URL(`${iss}/jwks`));
    const expected = { issuer: iss, audience: this.provider.issuer, typ: 'oauth-id-jag+jwt' };
    const { payload } = await jwtVerify(assertion, keys, expected).catch(refuse);
    return payload;
  }

  async #subject(client, { subject_token: token, subject_token_type: type }) {
    const found = {
      [`${TYPE}id_token`]: () => this.#fromIdToken(client, token),
      [ACCESS]: async () => (await this.provider.AccessToken.find(token))?.accountId,
      [`${TYPE}refresh_token`]: async () => (await this.provider.RefreshToken.find(token))?.accountId,
    }[type];
    const subject = await found?.();
    if (!subject || !this.control.account(subject)) throw new errors.InvalidGrant('unknown subject');
    return subject;
  }

  async #fromIdToken(client, token) {
    const expected = { issuer: this.provider.issuer, audience: client.clientId };
    const { payload } = await jwtVerify(token, await this.shown, expected).catch(refuse);
    return payload.sub;
  }

  async #access(subject, audience, claims) {
    const seconds = this.control.state.ttl.access;
    const token = await this.#sign('at+jwt', subject, audience, claims, seconds);
    return { access_token: token, token_type: 'Bearer', expires_in: seconds, scope: claims.scope };
  }

  async #sign(typ, subject, audience, claims, seconds) {
    return new SignJWT({ ...claims, jti: randomUUID() })
      .setProtectedHeader({ alg: 'RS256', kid: 'one', typ })
      .setIssuer(this.provider.issuer).setSubject(subject).setAudience(audience)
      .setIssuedAt().setExpirationTime(`${seconds} s`)
      .sign(await this.key);
  }
}

function refuse(error) {
  throw new errors.InvalidGrant(error.message);
}
