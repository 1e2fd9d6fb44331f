const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for HTML, in content and in quoted attributes. */
export function escapeHtml(text: string): string {
  // Control characters and halves of a surrogate pair are not allowed in HTML at all, so no entity can stand for them.
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char).replace(/(?![\t\n\r])[\p{Cc}\p{Cs}]/gu, '\ufffd');
}

/** The link of a source when it is one that may be followed: http or https. */
export function safeLink(uri: string | undefined): string | undefined {
  return uri !== undefined && /^https?:\/\/[^\s"'<>]+$/i.test(uri) ? uri : undefined;
}

/** A value of a filter in the fragment of a link. */
export function hashText(text: string): string {
  return encodeURIComponent(text.replace(/\p{Cs}/gu, '\ufffd')).replaceAll("'", '%27');
}
