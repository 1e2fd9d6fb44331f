const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text for HTML, in content and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

/** The link of a source when it is one that may be followed: http or https. */
export function safeLink(uri: string | undefined): string | undefined {
  return uri !== undefined && /^https?:\/\/[^\s"'<>]+$/i.test(uri) ? uri : undefined;
}
