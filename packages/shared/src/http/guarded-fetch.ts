import { type LookupAddress, type LookupAllOptions, lookup as dnsLookup } from 'node:dns';
import { lookup } from 'node:dns/promises';
import ipaddr from 'ipaddr.js';
import type { Headers, RequestInit, Response } from 'undici';
import { deadline } from './deadline';

/** A URL that must not be called: the message says why, and never holds the URL's query or user info. */
export class AddressBlocked extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AddressBlocked';
  }
}

export type GuardedResponse = Response;
export type GuardedFetch = (
  url: string,
  init?: RequestInit & { timeoutMs?: number; maxRedirects?: number },
) => Promise<Response>;

/** How a name becomes addresses: the system's resolver, or that of a test. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * A fetch for URLs that come from people: http(s) without user info, to public unicast addresses only. The address is
 * checked inside the connection's own look-up, so what was checked is what is connected to, and again at each redirect.
 * `allowHosts` names exact `host:port` pairs that are exempt (a receiver on the operator's own network).
 */
export function createGuardedFetch({
  allowHosts,
  resolve = dnsLookup,
}: {
  allowHosts: readonly string[];
  resolve?: Resolve;
}): GuardedFetch {
  const allowed = new Set(allowHosts.map((host) => host.toLowerCase()));

  // Loaded with the first call: it would be a tenth of the time that a worker takes to start.
  let client: ReturnType<typeof openClient> | undefined;

  return async (url, { timeoutMs = 30_000, maxRedirects = 5, ...init } = {}) => {
    const signal = deadline(timeoutMs, init.signal);
    const { fetch, Headers, open, guarded } = await (client ??= openClient(resolve));
    let target = url;
    let request: RequestInit = init;
    for (let redirects = 0; ; redirects += 1) {
      const { href, exempt } = checkUrl(target, allowed);
      const response = await fetch(href, {
        ...request,
        signal,
        redirect: 'manual',
        dispatcher: exempt ? open : guarded,
      }).catch((error: unknown) => {
        throw blockedCause(error) ?? error;
      });
      const location = response.headers.get('location');
      if (response.status < 300 || response.status >= 400 || !location) return response;
      await response.body?.cancel();
      if (redirects >= maxRedirects) throw new AddressBlocked(`more than ${maxRedirects} redirects`);
      if (!URL.canParse(location, href)) throw new AddressBlocked('the redirect names no URL that can be parsed');
      target = new URL(location, href).href;
      request = redirected(request, {
        Headers,
        status: response.status,
        sameOrigin: new URL(target).origin === new URL(href).origin,
      });
    }
  };
}

async function openClient(resolve: Resolve) {
  const { Agent, Headers, fetch } = await import('undici');
  const guarded = new Agent({
    connect: {
      timeout: 10_000,
      lookup(hostname, options, callback) {
        resolve(hostname, { ...options, all: true }, (error, addresses) => {
          if (error) return callback(error, '', 0);
          const blocked = addresses.find(({ address }) => !isPublic(address));
          if (blocked)
            return callback(new AddressBlocked(`${hostname} resolves to an address that is not public`), '', 0);
          if (options.all) return callback(null, addresses);
          return callback(null, addresses[0]!.address, addresses[0]!.family);
        });
      },
    },
  });
  const open = new Agent({ connect: { timeout: 10_000 } });
  return { fetch, Headers, open, guarded };
}

/**
 * Refuses, with {@link AddressBlocked}, a URL that the guarded fetch would refuse now: to tell people when they give it. A name
 * that cannot be looked up passes; each call decides again.
 */
export async function checkAddress(url: string, { allowHosts }: { allowHosts: readonly string[] }): Promise<void> {
  const { href, exempt } = checkUrl(url, new Set(allowHosts.map((host) => host.toLowerCase())));
  if (exempt) return;
  const { hostname } = new URL(href);
  const addresses = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  if (!addresses.every(({ address }) => isPublic(address)))
    throw new AddressBlocked(`${hostname} resolves to an address that is not public`);
}

/** What another origin may be told; keys and cookies stay with the one that they were meant for. */
const CARRIED_HEADERS = ['accept', 'content-type', 'idempotency-key', 'user-agent'];

function redirected(
  request: RequestInit,
  options: { Headers: new (init: RequestInit['headers']) => Headers; status: number; sameOrigin: boolean },
): RequestInit {
  const next: RequestInit = { ...request };
  if (!options.sameOrigin) {
    const given = new options.Headers(request.headers);
    next.headers = CARRIED_HEADERS.flatMap((name) =>
      given.has(name) ? [[name, given.get(name)!] as [string, string]] : [],
    );
  }
  // 303 See Other answers a request with a page to get (RFC 9110, 15.4.4); the others repeat it.
  if (options.status === 303) {
    next.method = 'GET';
    next.body = null;
  }
  return next;
}

function checkUrl(url: string, allowed: ReadonlySet<string>): { href: string; exempt: boolean } {
  if (!URL.canParse(url)) throw new AddressBlocked('the URL cannot be parsed');
  const { protocol, username, password, hostname, port, href } = new URL(url);
  if (protocol !== 'http:' && protocol !== 'https:') throw new AddressBlocked('the URL is not http or https');
  if (username || password) throw new AddressBlocked('the URL holds a user name or password');
  const exempt = allowed.has(`${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`.toLowerCase());
  const literal = hostname.replace(/^\[|\]$/g, '');
  // A literal address needs no look-up, so it is checked here. The URL parser has already made 0x7f.1 into 127.0.0.1.
  if (!exempt && ipaddr.isValid(literal) && !isPublic(literal))
    throw new AddressBlocked(`${hostname} is not a public address`);
  return { href, exempt };
}

// Reached from inside a cloud's machines, although their range is public.
const METADATA_ADDRESSES: ReadonlySet<string> = new Set(['168.63.129.16']);
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  // process() turns an IPv4-mapped IPv6 address into the IPv4 address that it stands for.
  const parsed = ipaddr.process(address);
  if (METADATA_ADDRESSES.has(parsed.toString())) return false;
  // All public IPv6 is in 2000::/3; what is outside and has no name of its own, such as ::7f00:1, is not.
  const global = !(parsed instanceof ipaddr.IPv6) || parsed.match(GLOBAL_UNICAST);
  return global && parsed.range() === 'unicast';
}

function blockedCause(error: unknown): AddressBlocked | undefined {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof AddressBlocked) return current;
    // The Fetch standard's list of ports that no page may reach: mail, telnet and their like.
    if (current.message === 'bad port') return new AddressBlocked('the port is not one for http');
  }
  return undefined;
}
