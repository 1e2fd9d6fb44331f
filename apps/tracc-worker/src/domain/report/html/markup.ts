/** Markup that is safe to put into a page: made only by {@link html}, which escapes everything that is not markup already. */
export interface Markup {
  readonly markup: string;
}

export type MarkupValue = string | number | null | Markup | readonly MarkupValue[];

/** Tagged template: texts and numbers are escaped for content and quoted attributes, markup and lists of it go in as they are. */
export function html(parts: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  return { markup: parts.reduce((text, part, n) => text + render(values[n - 1] ?? null) + part) };
}

/** A text of our own making that is markup already (the style sheet). */
export function verbatim(markup: string): Markup {
  return { markup };
}

function render(value: MarkupValue): string {
  if (value === null) return '';
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  if ('markup' in value) return value.markup;
  return value.map(render).join('');
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  // Control characters and halves of a surrogate pair are not allowed in HTML at all, so no entity can stand for them.
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign]!).replace(/(?![\t\n\r])[\p{Cc}\p{Cs}]/gu, '\ufffd');
}
