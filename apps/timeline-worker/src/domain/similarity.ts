import { createHash } from 'node:crypto';

/** English words that say nothing about which event is told. */
const STOP_WORDS = new Set(
  'a an and are as at be by for from had has he her his in into is it its of on or she that the their they this to was were which who with'.split(
    ' ',
  ),
);

/** A title and a dozen people have no more; a page of names is not compared to its end. */
const MAX_TOKENS = 100;

/** The tokens of title and people that decide on sameness (ai-timeline 15): NFKC, casefolded, no diacritics, no stop words. */
export function tokensOf({ title, people }: { title: string; people: readonly string[] }): ReadonlySet<string> {
  const tokens = new Set<string>();
  for (const [word] of foldForComparison([title, ...people].join(' ')).matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
    if (!STOP_WORDS.has(word)) tokens.add(word);
    if (tokens.size === MAX_TOKENS) break;
  }
  return tokens;
}

/** A title as part of an event's identity: folded, words only, single spaces. */
export function normaliseTitle(title: string): string {
  return (foldForComparison(title).match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).join(' ');
}

function foldForComparison(text: string): string {
  return (
    text
      .normalize('NFKC')
      .toLowerCase()
      .normalize('NFD')
      // Only the marks of Latin, Greek and Cyrillic: Indic vowel signs are letters.
      .replace(/[\u0300-\u036f]/g, '')
      .replaceAll('ß', 'ss')
      .normalize('NFC')
  );
}

/** The namespace under which a timeline id that is no UUID becomes one. */
const TIMELINE_NAMESPACE = '5f0e3c52-6d0f-5b7e-9a4d-2f3b8c1e7a60';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** RFC 9562 UUID version 5 (SHA-1 of namespace and name). Throws RangeError when the namespace is no UUID. */
export function uuidV5({ namespace, name }: { namespace: string; name: string }): string {
  if (!UUID.test(namespace)) throw new RangeError(`not a UUID: ${namespace}`);
  const hash = createHash('sha1')
    .update(Buffer.from(namespace.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** The id of an event (ai-timeline 16), from the date and title it is first stored with. */
export function eventIdOf({ timelineId, edtf, title }: { timelineId: string; edtf: string; title: string }): string {
  const namespace = UUID.test(timelineId) ? timelineId : uuidV5({ namespace: TIMELINE_NAMESPACE, name: timelineId });
  return uuidV5({ namespace, name: `${edtf}|${normaliseTitle(title)}` });
}
