import { isRecord } from './json';
import { prepareCall } from './provider-call';
import type { Answer, Extractor, Question, TokenUsage } from './types';

/** What a provider of models is configured with. */
export interface ProviderSettings {
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly timeoutMs: number;
  readonly priceInMicroUsdPerMillion: number;
  readonly priceOutMicroUsdPerMillion: number;
  /** How the provider is made to answer in JSON: by the schema, by a promise of JSON, or by our words alone. */
  readonly responseFormat: 'json_schema' | 'json_object' | 'text';
  /** The field that bounds an answer; of OpenAI's dialect only. */
  readonly maxTokensField: 'max_completion_tokens' | 'max_tokens';
}

/** How one family of APIs is spoken. What it reads may be anything that is an object. */
export interface Dialect {
  readonly provider: string;
  /** Behind the base URL. */
  readonly path: string;
  headers(apiKey: string | undefined): Readonly<Record<string, string>>;
  body(
    question: Question,
    settings: Pick<ProviderSettings, 'responseFormat' | 'maxTokensField'> & { readonly model: string },
  ): unknown;
  /** Undefined when the document is not an answer of this dialect. */
  readAnswer(document: Readonly<Record<string, unknown>>): Pick<Answer, 'text' | 'stop'> | undefined;
  /** The counts in the document, whatever they are. */
  readUsage(usage: Readonly<Record<string, unknown>>): { readonly tokensIn: unknown; readonly tokensOut: unknown };
}

/** A model behind an API of the given dialect. */
export function createModelExtractor(dialect: Dialect, settings: ProviderSettings, model: string): Extractor {
  const url = `${settings.baseUrl.replace(/\/$/, '')}${dialect.path}`;
  return {
    name: `${dialect.provider}:${model}`,
    cacheModel: model,
    metered: true,
    costMicroUsd: ({ tokensIn, tokensOut }) =>
      Math.ceil(
        (tokensIn * settings.priceInMicroUsdPerMillion + tokensOut * settings.priceOutMicroUsdPerMillion) / 1_000_000,
      ),
    prepare(question) {
      const call = prepareCall({
        url,
        headers: dialect.headers(settings.apiKey),
        body: dialect.body(question, { ...settings, model }),
      });
      return {
        size: call.size,
        async ask(signal) {
          const document = await call.send({ timeoutMs: settings.timeoutMs, signal });
          const answer = isRecord(document) ? dialect.readAnswer(document) : undefined;
          const usage = isRecord(document) && isRecord(document['usage']) ? document['usage'] : {};
          return {
            // Nothing readable is an empty answer: its chunk is asked about once more, as after any other that does not fit.
            text: storable(answer?.text ?? ''),
            stop: answer?.stop ?? 'end',
            usage: believable(dialect.readUsage(usage)),
          };
        },
      };
    },
  };
}

const MOST_TOKENS_OF_A_CALL = 1_000_000_000;

/** A question has tokens: a report of none is no report. */
function believable({ tokensIn, tokensOut }: ReturnType<Dialect['readUsage']>): TokenUsage | null {
  return isCount(tokensIn) && isCount(tokensOut) && tokensIn > 0 ? { tokensIn, tokensOut } : null;
}

/** True for a number of tokens. */
export function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MOST_TOKENS_OF_A_CALL;
}

/** What PostgreSQL can hold: an answer that is read from the database must be the one that was read from the provider. */
function storable(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').replace(/\p{Cs}/gu, '\ufffd');
}
