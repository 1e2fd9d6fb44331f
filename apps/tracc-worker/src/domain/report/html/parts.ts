import type { Money } from '@backend/shared/kernel';
import type { BudgetReport } from '../types';
import type { Tone } from './charts';
import { html, type Markup } from './markup';
import { amountMarkup, isNegative, isZero, withoutSign } from './words';

const STATUS_WORDS = {
  ok: 'within limit',
  warning: 'close to limit',
  over: 'over limit',
  untracked: 'no limit',
} as const;

export function toneOf(status: BudgetReport['status']): Tone {
  return status === 'untracked' ? 'plain' : status;
}

/** A word on a tint: the word says what the colour says. */
export function chip({ tone, text }: { tone: Tone; text: string }): Markup {
  return html`<span class="chip chip-${tone}">${text}</span>`;
}

/** Between a chip and what follows it, where the style sheet does not keep them apart. */
export function separator(text: string): Markup {
  return html`<span class="separator">${text}</span>`;
}

export function statusChip(status: BudgetReport['status']): Markup {
  return chip({ tone: toneOf(status), text: STATUS_WORDS[status] });
}

/** `5.00 EUR left`, `5.00 EUR over`, `nothing left` */
export function leftOrOver(remaining: Money): Markup {
  if (isZero(remaining)) return html`Nothing left`;
  return html`${amountMarkup(withoutSign(remaining))} ${isNegative(remaining) ? 'over' : 'left'}`;
}

/** A term and what it is. */
export interface Figure {
  readonly term: string;
  readonly value: Markup | string;
  readonly tone?: 'over';
}

/** Figures side by side, as many as fit in a line. */
export function figureList(figures: readonly Figure[]): Markup {
  return html`<dl class="figures">
    ${figures.map(
      ({ term, value, tone }) =>
        html`<div>
          <dt>${term}</dt>
          <dd${tone === undefined ? null : html` class="text-${tone}"`}>${value}</dd>
        </div> `,
    )}
  </dl>`;
}

/** What remains, under the word that tells its sign. */
export function remainingFigure(remaining: Money): Figure {
  return isNegative(remaining)
    ? { term: 'Over', value: amountMarkup(withoutSign(remaining)), tone: 'over' }
    : { term: 'Left', value: amountMarkup(remaining) };
}
