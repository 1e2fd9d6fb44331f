// An authority, certificates and tokens of its own for the server, for operators and for each tenant.
// Needed by what @peculiar/x509 stands on.
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as x509 from '@peculiar/x509';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';

const SIGNING = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 24 * 60 * 60_000;
const TOKEN_ALGORITHM = 'ES256';
/** A server's clock may be behind ours. */
const EARLIER_MS = 5 * 60_000;

/** Who has a token, and what it permits: `namespace:role`. */
const PERMISSIONS = {
  operator: ['temporal-system:admin'],
  tracc: ['tracc:write'],
  timeline: ['swaminarayan:write'],
};
/** The names by which the server is reached: by the other containers, and from this machine. */
const SERVER_NAMES = [
  { type: 'dns', value: 'temporal' },
  { type: 'dns', value: 'localhost' },
  { type: 'ip', value: '127.0.0.1' },
];

/**
 * Writes below `directory`: `<who>/ca.pem`, `certificate.pem`, `key.pem` for the server, the operator and each tenant, `token.env`
 * with the tenant's or operator's token, and `keys/jwks.json`, by which the server knows tokens. The folder itself is for its
 * owner only; what is in it can be read by the accounts of the containers, into which a single folder of it is mounted.
 */
export async function makeIdentities(directory, { days }) {
  x509.cryptoProvider.set(webcrypto);
  await mkdir(directory, { mode: 0o700 });
  const validity = { notBefore: new Date(Date.now() - EARLIER_MS), notAfter: new Date(Date.now() + days * DAY_MS) };
  const authority = await makeAuthority(validity);
  const write = async (who, name, text) => {
    await mkdir(path.join(directory, who), { recursive: true });
    await writeFile(path.join(directory, who, name), text);
  };
  for (const who of ['server', ...Object.keys(PERMISSIONS)]) {
    const names = who === 'server' ? SERVER_NAMES : [];
    const { certificate, key } = await makeCertificate(authority, { commonName: who, names, validity });
    await write(who, 'ca.pem', authority.certificate.toString('pem'));
    await write(who, 'certificate.pem', certificate.toString('pem'));
    await write(who, 'key.pem', key);
  }
  const { privateKey, publicKey } = await generateKeyPair(TOKEN_ALGORITHM);
  const kid = 'stack-1';
  const jwk = { ...(await exportJWK(publicKey)), kid, use: 'sig', alg: TOKEN_ALGORITHM };
  await write('keys', 'jwks.json', `${JSON.stringify({ keys: [jwk] }, undefined, 2)}\n`);
  for (const [who, permissions] of Object.entries(PERMISSIONS)) {
    const token = await new SignJWT({ permissions })
      .setProtectedHeader({ alg: TOKEN_ALGORITHM, kid, typ: 'JWT' })
      .setSubject(who)
      .setIssuedAt()
      .setExpirationTime(validity.notAfter)
      .sign(privateKey);
    await write(who, 'token.env', `TEMPORAL_GRPC_META_AUTHORIZATION=Bearer ${token}\n`);
  }
}

async function makeAuthority(validity) {
  const keys = await webcrypto.subtle.generateKey(SIGNING, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: [{ CN: ['Authority of the stack'] }],
    keys,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate, keys };
}

async function makeCertificate(authority, { commonName, names, validity }) {
  const keys = await webcrypto.subtle.generateKey(SIGNING, true, ['sign', 'verify']);
  const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
  const certificate = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: [{ CN: [commonName] }],
    issuer: authority.certificate.subject,
    publicKey: keys.publicKey,
    signingKey: authority.keys.privateKey,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      // The server's parts are each other's clients.
      new x509.ExtendedKeyUsageExtension(names.length > 0 ? [serverAuth, clientAuth] : [clientAuth]),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(authority.keys.publicKey),
    ],
  });
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  return { certificate, key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
}
