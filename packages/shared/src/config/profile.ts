/** What a process may do without: `production` refuses to start without TLS, authorization and payload keys. */
export type Profile = 'production' | 'local';

/** The profile of an environment: PROFILE, else what NODE_ENV says. */
export function profileOf(env: {
  readonly PROFILE?: string | undefined;
  readonly NODE_ENV?: string | undefined;
}): Profile {
  if (env.PROFILE) return env.PROFILE === 'local' ? 'local' : 'production';
  return env.NODE_ENV === 'production' ? 'production' : 'local';
}
