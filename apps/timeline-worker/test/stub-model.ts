import type { ServerResponse } from 'node:http';
import type { ModelEvent } from '../src/domain/types';
import { createExtractors } from '../src/extraction';
import { type TestSite, startSite } from './support';

/** What the stub answers to one call. */
export interface StubAnswer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly content?: string;
  readonly finish?: 'stop' | 'length' | 'content_filter';
  readonly tokensIn?: number;
  readonly tokensOut?: number;
  /** An error document, as providers send it. */
  readonly error?: { code?: string; type?: string };
  /** Never answers: the caller has to end the call. */
  readonly hang?: boolean;
}

/** A call as the stub saw it. */
export interface StubCall {
  /** The source text between the fences. */
  readonly text: string;
  readonly system: string;
  readonly messages: number;
  readonly authorization: string | undefined;
}

/** A provider in the shape of OpenAI's chat completions; each test gives it its answers. */
export interface StubModel {
  readonly site: TestSite;
  readonly calls: StubCall[];
  answer: (call: StubCall) => StubAnswer;
  /** Calls whose connection the caller has ended before an answer. */
  aborted: number;
  extractors: ReturnType<typeof createExtractors>;
}

export const SECRET_KEY = 'sk-canary-0123456789';

export async function startStubModel(): Promise<StubModel> {
  const model: Omit<StubModel, 'site' | 'extractors'> = {
    calls: [],
    answer: () => ({ content: '{"events":[]}' }),
    aborted: 0,
  };
  const site = await startSite((request, response, body) => {
    const { messages } = JSON.parse(body) as { messages: { role: string; content: string }[] };
    const user = messages.find(({ role }) => role === 'user')?.content ?? '';
    const call: StubCall = {
      text: /<source-(\w+)>\n([\s\S]*)\n<\/source-\1>/.exec(user)?.[2] ?? '',
      system: messages[0]?.content ?? '',
      messages: messages.length,
      authorization: request.headers.authorization,
    };
    model.calls.push(call);
    response.on('close', () => {
      if (!response.writableEnded) model.aborted += 1;
    });
    send(response, model.answer(call));
  });
  return Object.assign(model, {
    site,
    extractors: createExtractors({
      provider: 'openai',
      maxConcurrent: 4,
      baseUrl: `${site.url}/v1`,
      apiKey: SECRET_KEY,
      timeoutMs: 20_000,
      priceInMicroUsdPerMillion: 1_000_000,
      priceOutMicroUsdPerMillion: 2_000_000,
    }),
  });
}

function send(response: ServerResponse, answer: StubAnswer): void {
  if (answer.hang) return;
  const { status = 200, headers = {}, error } = answer;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(
    JSON.stringify(
      error || status >= 400
        ? { error: error ?? { type: 'server_error' } }
        : {
            choices: [
              { finish_reason: answer.finish ?? 'stop', message: { content: answer.content ?? '{"events":[]}' } },
            ],
            usage: { prompt_tokens: answer.tokensIn ?? 100, completion_tokens: answer.tokensOut ?? 20 },
          },
    ),
  );
}

/** An answer with one event for each sentence that ends in `in <year>.` */
export function sentencesAnswer(
  { text }: StubCall,
  change: (event: ModelEvent) => unknown = (event) => event,
): StubAnswer {
  const events = [...text.matchAll(/[^.]*? in (\d{4})\./g)].map(([sentence, year]) =>
    change({
      title: sentence.trim().slice(0, 60),
      summary: sentence.trim(),
      dateText: year!,
      places: [],
      people: [],
      quotes: [sentence.trim()],
      confidence: 0.9,
    }),
  );
  return { content: JSON.stringify({ events }) };
}
